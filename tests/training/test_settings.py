"""What a class takes: its own arguments, and those of ours that it extends."""

from typing import TYPE_CHECKING, Any, Literal, Optional

import pytest
from jsonargparse import Namespace

from ganaug.callbacks.sample_grid import SampleGrid
from ganaug.models.dcgan import DCGAN
from ganaug.training.settings import check_settings, parameters_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from decimal import Decimal


def test_arguments_are_those_of_all_classes_of_ours():
    found = parameters_of(DCGAN)
    assert {"width", "latent_dim", "generator_lr", "beta1"} <= found.keys()
    assert found["latent_dim"].default == 100  # the model's own, before that of what it extends
    assert "self" not in found
    assert parameters_of(SampleGrid).keys() == {
        "every_epochs",
        "every_batches",
        "every_minutes",
        "columns",
        "max_rows",
    }


def test_what_is_no_class_takes_nothing():
    assert parameters_of(len) == {}


class Resolved:
    """Types written as `from __future__ import annotations` stores them."""

    def __init__(
        self,
        anything: Any = 3,
        postponed: "int | None" = 3,
        optional: Optional["int"] = 3,
        choice: Literal["a", None] = "a",
        number: "int" = 3,
    ):
        pass


class Unresolved:
    """A type that only type checkers import."""

    def __init__(self, number: "Decimal | None" = 3, other: int = 3):
        pass


def check(kind, **settings):
    part = Namespace(class_path=f"{__name__}.{kind.__name__}", init_args=Namespace())
    config = Namespace(seed_everything=0, model=part, data=part, own=Namespace(**settings))
    check_settings(config, {"own": kind})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((Resolved, name) for name in ("anything", "postponed", "optional", "choice")),
        (Unresolved, "number"),
    ],
)
def test_null_is_taken_where_the_type_allows_it(kind, name):
    check(kind, **{name: None})


def test_null_is_refused_where_the_type_excludes_it():
    with pytest.raises(UsageError, match=r"own\.number is null; give it a value, or leave it out"):
        check(Resolved, number=None)
