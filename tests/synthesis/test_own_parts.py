"""Sources and filters of a user's own: each mistake is named in a line, and no image is lost."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.filters.registry import build_filters, filters, register_filter
from ganaug.synthesis.own_parts import build_source
from ganaug.synthesis.sources.base import Batch, block_indices
from ganaug.synthesis.sources.registry import register_source, source_class
from ganaug.utils.errors import UsageError
from helpers.expanded import rows


def passing(batch):
    return torch.ones(len(batch.images), dtype=torch.bool)


FILTERS = {
    r"raised ValueError: dark \(test_own_parts.py, line \d+\); correct it": lambda _: fail(),
    "raised TypeError: ": lambda: None,
    "judge gives None; return a FilterResult": lambda _: None,
    r"judge gives torch.float32 \[64\] as 'mine'; give torch.bool \[64\]": lambda b: FilterResult(
        {"mine": passing(b).float()}
    ),
    r"judge gives torch.bool \[3\] as 'mine'": lambda b: FilterResult({"mine": passing(b)[:3]}),
    "judge gives 2 values in the column agreement; give 64": lambda b: FilterResult(
        {"mine": passing(b)}, {"agreement": [0.5, 0.5]}
    ),
    r"judge gives torch.float32 \[\] in the column agreement; give Py": lambda b: FilterResult(
        {"mine": passing(b)}, {"agreement": torch.ones(64)}
    ),
}


def fail():
    raise ValueError("dark")


@pytest.mark.parametrize("message", FILTERS)
def test_a_filter_that_judges_wrongly_is_named(message, painter, tmp_path):
    source, out = GeneratorSource(painter(2), "ab"), tmp_path / "out"
    screen = SimpleNamespace(facts={}, judge=FILTERS[message])
    with pytest.raises(UsageError, match=f"the filter types.SimpleNamespace.*{message}"):
        expand([source], {"generator": {"a": 4}}, out, filters=[screen])
    screen.judge = lambda batch: FilterResult({"mine": passing(batch)})
    corrected = expand([source], {"generator": {"a": 4}}, out, filters=[screen])
    assert corrected["counts"]["synthetic"]["a"] == 4


def test_a_filter_may_change_the_images_that_it_is_given(painter, tmp_path):
    def judge(batch):
        return FilterResult({"mine": passing(batch) & (batch.images.zero_().sum() == 0)})

    source, plan = GeneratorSource(painter(2), "ab"), {"generator": {"a": 4}}
    expand([source], plan, tmp_path / "plain")
    expand([source], plan, tmp_path / "out", filters=[SimpleNamespace(facts={}, judge=judge)])
    file = "images/a/000000.png"
    assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "plain" / file).read_bytes()


def test_two_verdicts_of_one_name_are_refused(painter, tmp_path):
    source = GeneratorSource(painter(2), "ab")
    screens = [
        SimpleNamespace(facts={}, judge=lambda batch: FilterResult({"mine": passing(batch)}))
    ] * 2
    with pytest.raises(UsageError, match="two of them give a verdict 'mine'"):
        expand([source], {"generator": {"a": 4}}, tmp_path / "out", filters=screens)


class Noise:
    """A source whose block a test gives."""

    method, class_names, facts = "noise", ("a", "b"), {}

    def __init__(self, make):
        self.make = make

    def most(self, label):
        return None


def block(label, number, images=None, **own):
    images = torch.zeros(64, 1, 8, 8, dtype=torch.uint8) if images is None else images
    return Batch(**{"label": label, "indices": block_indices(number), "images": images, **own})


SOURCES = {
    r"making class 'a' by the method 'noise' raised ValueError: dark \(test_own": lambda *_: fail(),
    "make gives None; return a Batch": lambda *_: None,
    "a block of class 1 instead of 0": lambda label, k: block(1, k),
    r"the indices range\(64, 128\); give block_indices": lambda label, k: block(label, k + 1),
    r"torch.float32 \[64, 1, 8, 8\] as images; give torch.uint8": lambda label, k: block(
        label, k, torch.zeros(64, 1, 8, 8)
    ),
    r"torch.uint8 \[64, 8, 8, 1\] as images; give 1 or 3 channels": lambda label, k: block(
        label, k, torch.zeros(64, 8, 8, 1, dtype=torch.uint8)
    ),
    "9 images for 64 indices; give one": lambda label, k: block(
        label, k, torch.zeros(9, 1, 8, 8, dtype=torch.uint8)
    ),
    "make gives no image; give 64, the size of a block, or fewer": lambda label, k: block(
        label, k, torch.zeros(0, 1, 8, 8, dtype=torch.uint8), indices=range(64 * k, 64 * k)
    ),
    "1 seeds for 64 images; give one for each, or none": lambda label, k: block(
        label, k, seeds=(3,)
    ),
}


@pytest.mark.parametrize("message", SOURCES)
def test_a_source_that_makes_no_block_is_named(message, tmp_path):
    with pytest.raises(UsageError, match=message):
        expand([Noise(SOURCES[message])], {"noise": {"a": 4}}, tmp_path / "out")
    corrected = expand([Noise(block)], {"noise": {"a": 4}}, tmp_path / "out")
    assert corrected["counts"]["synthetic"]["a"] == 4


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"least": torch.zeros(1)}, r"facts raised TypeError: .*JSON serializable; correct it"),
        (0.5, "facts is float; give a dictionary of JSON values"),
    ],
)
def test_facts_that_no_manifest_can_hold_are_named(facts, message, tmp_path):
    source = Noise(block)
    source.facts = facts
    with pytest.raises(UsageError, match=f"the method 'noise'.{message}"):
        expand([source], {"noise": {"a": 4}}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda value: None, "building the filter 'mine' raised TypeError: .* takes 1 positional"),
        (lambda value, context: None, "'mine' is built as None, which has no facts, judge; return"),
        (lambda value, context: fail(), "building the filter 'mine' raised ValueError: dark"),
    ],
)
def test_a_function_that_builds_no_filter_is_named(build, message, monkeypatch):
    monkeypatch.setattr(filters(), "_added", dict(filters().items()))
    register_filter("mine", default=0.5)(build)
    with pytest.raises(UsageError, match=message):
        build_filters({"mine": 0.5}, SimpleNamespace())


def test_a_class_that_builds_no_source_is_named(monkeypatch):
    source_class("real")  # fills the registry
    from ganaug.synthesis.sources import registry

    monkeypatch.setattr(registry._registry, "_added", dict(registry._registry.items()))
    register_source("unbuilt")(type("Unbuilt", (), {}))
    with pytest.raises(UsageError, match=r"Unbuilt has no build; add a class method `build\(cls"):
        build_source("unbuilt", SimpleNamespace())
    other = type("Other", (), {"build": classmethod(lambda cls, context: Noise(block))})
    register_source("other")(other)
    with pytest.raises(UsageError, match="built with the method 'noise'; set its attribute"):
        build_source("other", SimpleNamespace())
    empty = type("Empty", (), {"build": classmethod(lambda cls, context: None)})
    register_source("empty")(empty)
    with pytest.raises(UsageError, match="'empty' is built as None, which has no method, class_n"):
        build_source("empty", SimpleNamespace())


def test_sources_that_do_not_go_together_are_refused(painter, tmp_path):
    generator, noise = GeneratorSource(painter(2), ("b", "a")), Noise(block)
    translator = Noise(block)
    translator.method = "translator"
    plan = {"generator": {"a": 4}, "noise": {"a": 4}}
    for sources, message in (
        (
            [generator, noise],
            "class 0 is 'b' in the method 'generator' and 'a' in 'noise'",
        ),
        ([noise, Noise(block)], "two have the method 'noise'; leave one out"),
        ([], "`sources` is empty; give at least one"),
        ([generator, translator], "'generator' and 'translator' give their files the same names"),
    ):
        with pytest.raises(UsageError, match=message):
            expand(sources, plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    noise.class_names = ["b", "a"]
    assert expand([generator, noise], plan, tmp_path / "out")["counts"]["synthetic"]["a"] == 8


@pytest.mark.parametrize("filters", [[], [SimpleNamespace(facts={}, judge=lambda b: half(b))]])
def test_a_source_may_make_blocks_that_are_not_full(filters, tmp_path):
    def make(label, number):
        first, images = 64 * number, torch.zeros(10, 1, 8, 8, dtype=torch.uint8)
        return block(label, number, images, indices=range(first, first + 10))

    made = expand([Noise(make)], {"noise": {"a": 70}}, tmp_path / "out", filters=filters)
    assert made["counts"]["synthetic"] == {"a": 70}
    capped = expand(
        [Noise(make)], {"noise": {"a": 70}}, tmp_path / "few", filters=filters, max_attempts=1
    )
    assert capped["short"] == ({"a": 35} if filters else {})


def test_errors_of_a_source_are_written(tmp_path):
    errors = tuple(number / 2 for number in range(64))
    source = Noise(lambda label, number: block(label, number, errors=errors))
    expand([source], {"noise": {"a": 3}}, tmp_path / "out")
    assert [row["inversion_error"] for row in rows(tmp_path / "out")] == ["0.0", "0.5", "1.0"]


def half(batch):
    return FilterResult({"half": torch.tensor([i % 2 == 0 for i in batch.indices])})
