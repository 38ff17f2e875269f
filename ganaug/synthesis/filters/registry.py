"""Registry of filters, from this package or the user's own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import load_package, unknown_part
from ganaug.utils.registry import Registry

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.filters.base import Filter
    from ganaug.synthesis.filters.duplicates import DuplicateFilter

    Build = Callable[[Any, Context], Filter | DuplicateFilter]


@dataclass(frozen=True)
class FilterKind:
    """A registered filter.

    Attributes:
        build: Builds the filter from its value and the context.
        default: Value if none is given; None for a filter without a value.
        by_maps: Whether it compares feature maps of the network that `filter_features` names.
    """

    build: "Build"
    default: float | None
    by_maps: bool


_registry: Registry[FilterKind] = Registry(
    "filter", load=partial(load_package, "ganaug.synthesis.filters")
)


def filters() -> Registry[FilterKind]:
    """Return the registry of all filters."""
    return _registry


def register_filter(
    name: str, *, default: float | None = None, by_maps: bool = False
) -> Callable[["Build"], "Build"]:
    """Return a decorator that registers a function `(value, context)` that builds a filter.

    Args:
        name: Name of the filter, as in `filters=["name=0.5"]`.
        default: Value if the user gives none; None for a filter without a value.
        by_maps: Whether the filter reads `context.map_network`.

    Raises:
        UsageError: The name is taken by another filter.

    Example:
        >>> @register_filter("bright", default=0.5)
        ... def bright(value, context):
        ...     return BrightFilter(value)
    """

    def register(build: "Build") -> "Build":
        _registry.register(name, build)(FilterKind(build, default, by_maps))
        return build

    return register


def parse_filter(text: str) -> tuple[str, float | None]:
    """Read `agreement=0.8` or `memorized`.

    Raises:
        UsageError: The filter is unknown, it takes no number, or the number can't be read.

    Example:
        >>> parse_filter("agreement=0.8"), parse_filter("memorized")
        (('agreement', 0.8), ('memorized', None))
    """
    name, _, number = text.partition("=")
    names = filters().names()
    if name not in names:
        raise UsageError(unknown_part(f"`filters` {text}:", name, names))
    default = filters().get(name).default
    if not number:
        return name, default
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"`filters` {text}: {number!r} is not a number") from None
    if default is None or not math.isfinite(value):
        raise UsageError(f"`filters` {text}: {name} takes no such number")
    return name, value


def parse_filters(texts: Sequence[str]) -> dict[str, float | None]:
    """Read all filters, sorted by name, so that their order doesn't affect a run.

    Raises:
        UsageError: One can't be read, or is given twice.
    """
    values_by_name = dict(map(parse_filter, texts))
    if len(values_by_name) < len(texts):
        raise UsageError(f"`filters`: one is given twice ({', '.join(texts)})")
    return {name: values_by_name[name] for name in filters().names() if name in values_by_name}


def asked_filters(
    texts: Sequence[str], *, private: bool = False, max_attempts: int | None = None
) -> dict[str, float | None]:
    """Read the filters of a call, and those that other arguments add.

    Args:
        texts: The filters as given by the user.
        private: Whether to add the filter `private`.
        max_attempts: Largest number of images to make for each one wanted, if given by the user.

    Raises:
        UsageError: One can't be read, or `max_attempts` is given without filters.
    """
    values_by_name = parse_filters(texts)
    if private and "private" not in values_by_name:
        values_by_name = parse_filters([*texts, "private"])
    if max_attempts is not None and not values_by_name:
        raise UsageError("max_attempts is for images that `filters` reject, and none is given")
    return values_by_name


def check_features(features: str, names: Sequence[str], trained_with: Sequence[str] = ()) -> None:
    """Refuse features that no filter uses, that are biased for the model, or not installed.

    Args:
        features: Features in which filters compare images.
        names: The filters.
        trained_with: Pretrained networks that helped to train the model.

    Raises:
        UsageError: The message says which filters use the features, which to use, or how to install
            them.
    """
    if features == "domain":
        return
    if not any(filters().get(name).by_maps for name in names):
        kinds = filters()
        readers = ", ".join(name for name in kinds.names() if kinds.get(name).by_maps)
        raise UsageError(
            f"filter_features {features} is read by the filters {readers} alone, and none of them "
            "is given"
        )
    from ganaug.evaluation.features.imagenet import refuse_missing
    from ganaug.evaluation.features.judges import refuse_flattering

    refuse_flattering("filter_features", features, trained_with)
    refuse_missing(features)


def build_filters(filter_values: dict[str, float | None], context: "Context") -> list[Any]:
    """Build the filters, each once.

    Args:
        filter_values: Filters and their numbers, as `parse_filters` returns them.
        context: The model, the settings and the real images.

    Raises:
        UsageError: A filter can't be built from this model or data.
    """
    from ganaug.synthesis.own_parts import build_filter

    kinds = filters()
    built = [
        build_filter(name, kinds.get(name), value, context) for name, value in filter_values.items()
    ]
    return list({id(filter_): filter_ for filter_ in built}.values())
