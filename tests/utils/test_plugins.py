"""A name that nothing has may be that of a plugin, which has not been imported."""

import pytest

import ganaug
from datamodules.augmentation import check_augmentation
from datamodules.errors import DataError
from ganaug.callbacks.fidelity import check_metrics
from ganaug.cli.options import with_options
from ganaug.evaluation.metrics.registry import metrics_named
from ganaug.models.registry import choose, models
from ganaug.reporting.latent_space.explore import explore
from ganaug.synthesis.filters.registry import parse_filter
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import unknown_part

UNKNOWN = {
    "model": lambda: choose("model", "mine", models()),
    "fit": lambda: ganaug.fit("mine"),
    "data": lambda: ganaug.fit("dcgan", "mine"),
    "filter": lambda: parse_filter("mine"),
    "metric": lambda: metrics_named(["mine"]),
    "monitoring": lambda: check_metrics(["mine"], "domain", by_class=False),
    "augmentation": lambda: check_augmentation("mine"),
    "exploration": lambda: explore("mine", "run", "picture.png"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_unknown_parts_are_perhaps_those_of_a_plugin(kind):
    with pytest.raises((UsageError, DataError)) as caught:
        UNKNOWN[kind]()
    said = str(caught.value)
    assert said.endswith("f a plugin defines it, import its module first (`plugins`)")
    assert with_options(said).endswith("(--plugins)")


def test_the_nearest_name_comes_first():
    said = unknown_part("filter", "agrement", ["agreement", "memorized"])
    assert said == (
        "filter 'agrement' is none of agreement, memorized; did you mean 'agreement'? If a plugin "
        "defines it, import its module first (`plugins`)"
    )
