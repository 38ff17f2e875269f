"""User-defined sources and filters: check their results, and report their errors."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from datamodules.errors import described
from ganaug.synthesis.filters.base import Filter, FilterResult
from ganaug.synthesis.sources.base import BLOCK, Batch, ImageSource, block_indices
from ganaug.synthesis.sources.registry import source_class
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import dotted_path, is_built_in
from ganaug.utils.user_errors import attribute_errors

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.filters.duplicates import DuplicateFilter
    from ganaug.synthesis.filters.registry import FilterKind

LATER = "correct it, and run this again: finished images are kept"


def build_source(method: str, context: "Context") -> ImageSource:
    """Build the source of a method.

    Raises:
        UsageError: It can't be built, isn't a source, or names another method.
    """
    kind, label = source_class(method), f"the method {method!r}"
    if not hasattr(kind, "build"):
        raise UsageError(
            f"{label}: {dotted_path(kind)} has no build; add a class method `build(cls, context)` "
            "that returns a source"
        )
    with attribute_errors(f"building {label}", kind):
        source = kind.build(context)
        _refuse_lacking(label, source, ("method", "class_names", "facts", "most", "make"))
    if source.method != method:
        raise UsageError(
            f"{label} is built with the method {source.method!r}; set its attribute `method` to "
            f"{method!r}, the name that it is registered by"
        )
    return source


def build_filter(
    name: str, kind: "FilterKind", value: float | None, context: "Context"
) -> "Filter | DuplicateFilter":
    """Build a filter.

    Raises:
        UsageError: It can't be built, or isn't a filter.
    """
    label = f"the filter {name!r}"
    with attribute_errors(f"building {label}", kind.build):
        built = kind.build(value, context)
        _refuse_lacking(label, built, ("facts", "judge"))
    return built


def _refuse_lacking(label: str, built: Any, attributes: Sequence[str]) -> None:
    lacks = [
        attribute
        for attribute in attributes
        if not (is_built_in(built) or hasattr(built, attribute))
    ]
    if lacks:
        raise UsageError(
            f"{label} is built as {described(built)}, which has no {', '.join(lacks)}; return an "
            f"object that has {', '.join(attributes)}"
        )


def part_facts(label: str, part: ImageSource | Filter) -> Mapping[str, Any]:
    """Return the facts of a source or a filter.

    Raises:
        UsageError: There are none, or they can't be written to a manifest.
    """
    with attribute_errors(f"{label}.facts", part):
        facts = part.facts
        json.dumps(facts)
    if not isinstance(facts, Mapping):
        raise UsageError(f"{label}.facts is {described(facts)}; give a dictionary of JSON values")
    return facts


def made(source: ImageSource, label: int, block: int) -> Batch:
    """Make a block of a class, and check it.

    Raises:
        UsageError: The source raises an error, or returns something else.
    """
    method = f"the method {source.method!r}"
    with attribute_errors(f"making class {source.class_names[label]!r} by {method}", source, LATER):
        batch = source.make(label, block)
    if not is_built_in(source) and (fault := _fault_of_batch(source, batch, label, block)):
        raise UsageError(f"{method}: make gives {fault}; {LATER}")
    return batch


def verdict_of(part: Filter, batch: Batch) -> FilterResult:
    """Apply a filter to a block, and check the result.

    Raises:
        UsageError: The filter raises an error, or doesn't return one result per image.
    """
    if is_built_in(part):
        return part.judge(batch)
    label = f"the filter {dotted_path(part)}"
    with attribute_errors(label, part, LATER):
        # A copy, since other filters and the writer use the images afterwards.
        result = part.judge(replace(batch, images=batch.images.clone()))
    if fault := _fault_of_result(result, len(batch.images)):
        raise UsageError(f"{label}: judge gives {fault}; {LATER}")
    return result


def verdicts_of(results: Sequence[FilterResult]) -> dict[str, Tensor]:
    """Return which images pass, by the name of each verdict.

    Raises:
        UsageError: Two filters use the same name, so one verdict would be lost.
    """
    passed: dict[str, Tensor] = {}
    for result in results:
        if repeated := sorted(passed.keys() & result.passed.keys()):
            raise UsageError(
                f"`filters`: two of them give a verdict {repeated[0]!r}; name the verdicts of each "
                "FilterResult as the filter"
            )
        passed |= result.passed
    return passed


def _fault_of_batch(source: ImageSource, batch: Any, label: int, block: int) -> str:
    """Return the error message for an invalid block; "" if it is valid."""
    if not isinstance(batch, Batch):
        return f"{described(batch)}; return a Batch"
    if batch.label != label:
        return f"a block of class {batch.label!r} instead of {label}; pass `label` on"
    indices = block_indices(block, getattr(source, "block_size", BLOCK))
    if batch.indices != indices[: len(batch.indices)]:
        return f"the indices {batch.indices!r}; give block_indices(block), here {indices!r}"
    if not batch.indices:
        return f"no image; give {len(indices)}, the size of a block, or fewer"
    images = batch.images
    if not isinstance(images, Tensor) or images.dtype != torch.uint8 or images.ndim != 4:
        return (
            f"{described(images)} as images; give torch.uint8 [n, channels, size, size], 0 to 255"
        )
    if images.shape[1] not in (1, 3) or images.shape[2] != images.shape[3]:
        return f"{described(images)} as images; give 1 or 3 channels and squares"
    if len(images) != len(batch.indices):
        return f"{len(images)} images for {len(batch.indices)} indices; give one for each"
    for name in ("seeds", "sources", "errors"):
        if len(values := getattr(batch, name)) not in (0, len(images)):
            return f"{len(values)} {name} for {len(images)} images; give one for each, or none"
    return ""


def _fault_of_result(result: Any, count: int) -> str:
    """Return the error message for an invalid filter result; "" if it is valid."""
    if not isinstance(result, FilterResult) or not isinstance(result.passed, Mapping):
        return f"{described(result)}; return a FilterResult of booleans by name"
    for name, passed in result.passed.items():
        if not isinstance(passed, Tensor) or passed.dtype != torch.bool or passed.shape != (count,):
            return f"{described(passed)} as {name!r}; give torch.bool [{count}], one for each image"
    for name, values in result.columns.items():
        if len(values) != count:
            return f"{len(values)} values in the column {name}; give {count}, one for each image"
        if invalid := [
            value for value in values if not isinstance(value, str | float | int | None)
        ]:
            return f"{described(invalid[0])} in the column {name}; give Python numbers or text"
    return ""
