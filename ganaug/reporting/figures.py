"""Figures out of JSON, in whatever group they stand: a value, and an interval where it has one."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measured:
    """A figure and, where it has them, its interval and the value of real images in the place."""

    value: float
    interval: tuple[float, float] | None = None
    real: float | None = None


def measured(found: Any) -> Measured | None:
    """Read a figure: a number, or an object with `value`.

    It may have an `interval`, or `low` and `high`, and a `floor`, which is a figure itself.

    Returns:
        None for what is no figure, or one that is not finite.
    """
    if isinstance(found, Mapping):
        inner = measured(found.get("value"))
        bounds = found.get("interval") or (found.get("low"), found.get("high"))
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
    """Return a figure over all images by its name, from `figures` or else from `overlap`."""
    for each in metrics.get("figures") or []:
        if dig(each, "name") == name and (found := measured(each)):
            return found
    made, real = (measured(dig(metrics, group, name)) for group in ("overlap", "real_overlap"))
    return made and Measured(made.value, made.interval, real.value if real else None)


def by_class(found: Any, class_names: Sequence[str]) -> Iterator[tuple[str, dict[str, Measured]]]:
    """Find every group of figures that has one for each of several classes.

    Args:
        found: What a JSON file holds.
        class_names: Names of the classes.

    Yields:
        Where the group stands, as `group.name`, and its figures by class; groups of classes that
        each hold several figures are taken apart, a figure at a time.
    """
    known = set(class_names)
    for path, group in _groups(found):
        if not group or not set(group) <= known:
            continue
        whole = {name: measured(value) for name, value in group.items()}
        if any(whole.values()):
            yield path, {name: value for name, value in whole.items() if value}
            continue
        inner = [each for each in group.values() if isinstance(each, Mapping)]
        for figure in dict.fromkeys(key for each in inner for key in each):
            own = {n: measured(v.get(figure)) for n, v in group.items() if isinstance(v, Mapping)}
            if any(own.values()):
                yield f"{path}.{figure}", {name: value for name, value in own.items() if value}


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


def share_interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95% interval of a share of so many images (Wilson 1927)."""
    from scipy.stats import binomtest

    found = binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def mean_interval(values: Sequence[float]) -> Measured:
    """Return a mean with its 95% interval by Student's t; without one for a single value."""
    from scipy import stats

    count, mean = len(values), math.fsum(values) / len(values)
    if count < 2:
        return Measured(mean)
    error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1) / count)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return Measured(mean, (mean - reach, mean + reach))


def _groups(found: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        yield path, found
        for key, value in found.items():
            yield from _groups(value, f"{path}.{key}" if path else str(key))
    elif isinstance(found, list):
        for number, value in enumerate(found):
            name = value.get("name", number) if isinstance(value, Mapping) else number
            yield from _groups(value, f"{path}.{name}")


def _interval(bounds: Any) -> tuple[float, float] | None:
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        return None
    low, high = (measured(bound) for bound in bounds)
    return None if low is None or high is None else (low.value, high.value)
