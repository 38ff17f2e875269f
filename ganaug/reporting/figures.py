"""Figures out of the JSON that the other tools write: a value, and an interval where it has one."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganaug.evaluation.metrics.result import CONFIDENCE


@dataclass(frozen=True)
class Measured:
    """A figure and, where it has them, its interval and the value of real images in the place."""

    value: float
    interval: tuple[float, float] | None = None
    real: float | None = None


def measured(found: Any) -> Measured | None:
    """Read a figure: a number, or an object with `value`.

    It may have an `interval`, and a `floor`, which is a figure itself.

    Returns:
        None for what is no figure, or one that is not finite.
    """
    if isinstance(found, Mapping):
        inner = measured(found.get("value"))
        bounds = found.get("interval")
        floor = measured(found.get("floor"))
        return inner and Measured(inner.value, _interval(bounds), floor.value if floor else None)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return Measured(float(found))


def dig(found: Any, *keys: str) -> Any:
    """Return what stands at a place of a JSON file; None where there is nothing."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def overall(metrics: Mapping[str, Any], name: str) -> Measured | None:
    """Return a figure over all images by its name."""
    for each in metrics.get("figures") or []:
        if dig(each, "name") == name and (found := measured(each)):
            return found
    return None


def by_class(metrics: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Measured]]]:
    """Yield the name of each figure that there is for classes, and its values by class."""
    groups = metrics.get("by_class") or {}
    for figure in dict.fromkeys(figure for own in groups.values() for figure in own):
        found = {name: measured(own.get(figure)) for name, own in groups.items()}
        yield figure, {name: value for name, value in found.items() if value}
    shares = {
        name: measured({"value": dig(own, "copies"), "interval": dig(own, "interval")})
        for name, own in (metrics.get("memorization_by_class") or {}).items()
    }
    yield "share of copies", {name: value for name, value in shares.items() if value}


def flat(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Return every value of a JSON file with the place where it stands."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(found, list) and any(isinstance(each, Mapping | list) for each in found):
        for number, value in enumerate(found):
            yield from flat(value, f"{path}[{number}]")
    elif isinstance(found, list):
        yield path, ", ".join(short(each) for each in found)
    else:
        yield path, short(found)


def short(value: Any) -> str:
    """Return a value as a person reads it: numbers to six digits."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def mean_interval(values: Sequence[float]) -> Measured:
    """Return a mean with its 95% interval by Student's t; without one for a single value."""
    from scipy import stats

    count, mean = len(values), math.fsum(values) / len(values)
    if count < 2:
        return Measured(mean)
    error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1) / count)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return Measured(mean, (mean - reach, mean + reach))


def _interval(bounds: Any) -> tuple[float, float] | None:
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        return None
    low, high = (measured(bound) for bound in bounds)
    return None if low is None or high is None else (low.value, high.value)
