"""Every filter's scores fit the columns of metadata.csv."""

from dataclasses import replace
from types import SimpleNamespace
from typing import ClassVar

import pytest
import torch

from ganaug.models.gan import GAN
from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.filters.registry import filters, register_filter
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import CARD_KEY
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load
from helpers.plain_checkpoints import SETTINGS


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    """A model of gray images, with enough held-out images for each filter."""
    root = tmp_path_factory.mktemp("fit")
    for number, name in enumerate(("rose", "tulip")):
        fill(root / "photos" / name, 70, first=1000 * number)
    data = load(root / "photos", channels=1, image_size=16)
    settings = {**SETTINGS, "image_size": 16}
    content = {"state_dict": GAN(**settings).state_dict(), "hyper_parameters": settings}
    content[CARD_KEY] = {"model": "ganaug.models.gan.GAN", **data.card()}
    torch.save(content, root / "a.ckpt")
    return root / "a.ckpt"


class Lenient:
    """Lets every image pass, so that each has a row, with the filter's scores."""

    def __init__(self, own):
        self.own, self.facts, self.network = own, own.facts, own.network

    def judge(self, batch):
        result = self.own.judge(batch)
        passed = {name: torch.ones_like(those) for name, those in result.passed.items()}
        return FilterResult(passed, result.columns)


@pytest.fixture
def lenient(monkeypatch):
    """Registers lenient filters in place of all but `duplicates`, which gives no scores."""
    kinds = {name: filters().get(name) for name in filters().names()}

    def with_(kind):
        return replace(kind, build=lambda value, context: Lenient(kind.build(value, context)))

    own = {name: with_(kind) for name, kind in kinds.items() if name != "duplicates"}
    monkeypatch.setattr(filters(), "_added", {**kinds, **own})


@pytest.mark.parametrize("name", sorted(filters().items()))
@pytest.mark.usefixtures("lenient")
def test_a_set_is_written_with_each_filter(fit, name, tmp_path):
    dataset = synthesize(fit, tmp_path / "set", per_class=2, filters=[name])
    assert len(dataset.metadata) == len(dataset)
    # Near-duplicates are found among images of all blocks, afterwards.
    assert len(dataset) == 4 or (name == "duplicates" and len(dataset))
    if name in ("agreement", "useful"):
        assert all(0 <= float(row["agreement"]) <= 1 for row in dataset.metadata)


def test_a_filter_that_passes_nothing_is_named(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(filters(), "_added", dict(filters().items()))

    class Nothing:
        facts: ClassVar = {"bright": 0.99}

        def judge(self, batch):
            return FilterResult({"bright": torch.zeros(len(batch.images)).bool()})

    register_filter("bright", default=0.5)(lambda value, context: Nothing())
    out = tmp_path / "set"
    said = r"`filters` left no image in .*set: of 128 images made, bright passed 0\. Loosen"
    for _ in range(2):  # the set that is there is as empty
        with pytest.raises(UsageError, match=said):
            synthesize(fit, out, per_class=2, filters=["bright=0.99"], max_attempts=1)
    settings = {"layout": "webdataset", "with_real": True, "max_attempts": 1}
    with pytest.raises(UsageError, match=said):
        synthesize(fit, tmp_path / "real set", per_class=2, filters=["bright"], **settings)


@pytest.mark.parametrize("column", ["mine", "label"])
def test_a_column_that_filters_dont_fill_in_is_named(column, painter, tmp_path):
    def judge(batch):
        return FilterResult({"mine": torch.ones(len(batch.images)).bool()}, {column: batch.indices})

    screen = SimpleNamespace(facts={}, judge=judge)
    source = GeneratorSource(painter(2), "ab")
    with pytest.raises(
        UsageError, match=rf"the column {column}, which metadata\.csv does not take"
    ):
        expand([source], {"generator": {"a": 4}}, tmp_path / "out", filters=[screen])
