"""Values with intervals and real baselines, read from the JSON that evaluate and utility write."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganaug.evaluation.metrics.result import CONFIDENCE

# Written as its paper writes it; other metrics are written as they are named.
TITLES = {
    "fid": "FID",
    "kid": "KID",
    "is": "IS",
    "mifid": "MIFID",
    "c2st": "C2ST",
    "modes_covered": "modes covered",
    "modes_off": "modes off",
}
# Names in older files.
OLD_NAMES = {title: name for name, title in TITLES.items()} | {"AUC": "c2st"}


@dataclass(frozen=True)
class Estimate:
    """A value, its 95% interval, and the value of real images in place of the synthetic ones."""

    value: float
    interval: tuple[float, float] | None = None
    real: float | None = None


def estimate(found: Any) -> Estimate | None:
    """Read a number, or an object with `value` and perhaps `interval` and `real_baseline`.

    Returns:
        None for anything else, and for a value that is not finite.
    """
    if isinstance(found, Mapping):
        inner = estimate(found.get("value"))
        real = estimate(found.get("real_baseline"))
        return inner and Estimate(
            inner.value, _interval(found.get("interval")), real.value if real else None
        )
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return Estimate(float(found))


def dig(found: Any, *keys: str) -> Any:
    """Return the value at a place in nested JSON objects; None if there is none."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def with_todays_names(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a metrics.json, of any version, by the names of today."""
    found = {"metrics" if key == "figures" else key: value for key, value in metrics.items()}
    found["metrics"] = [_named(each) for each in found.get("metrics") or []]
    found["by_class"] = {
        group: {OLD_NAMES.get(name, name): _named(value) for name, value in own.items()}
        for group, own in (found.get("by_class") or {}).items()
    }
    return found


def overall(metrics: Mapping[str, Any], name: str) -> Estimate | None:
    """Return a metric over all images by its name."""
    for each in metrics.get("metrics") or []:
        if dig(each, "name") == name and (found := estimate(each)):
            return found
    return None


def by_class(metrics: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Estimate]]]:
    """Yield the title of each metric that is known by class, and its values by class."""
    groups = metrics.get("by_class") or {}
    for name in dict.fromkeys(name for own in groups.values() for name in own):
        found = {group: estimate(own.get(name)) for group, own in groups.items()}
        yield TITLES.get(name, name), {group: value for group, value in found.items() if value}
    shares = {
        name: estimate({"value": dig(own, "copies"), "interval": dig(own, "interval")})
        for name, own in (metrics.get("memorization_by_class") or {}).items()
    }
    yield "memorized share", {name: value for name, value in shares.items() if value}


def flat(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value of nested JSON with its path."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(found, list) and any(isinstance(each, Mapping | list) for each in found):
        for number, value in enumerate(found):
            yield from flat(value, f"{path}[{number}]")
    elif isinstance(found, list):
        yield path, ", ".join(_short(each) for each in found)
    else:
        yield path, _short(found)


def mean_interval(values: Sequence[float]) -> Estimate:
    """Return a mean with its 95% interval by Student's t; a single value has no interval."""
    from scipy import stats

    count, mean = len(values), math.fsum(values) / len(values)
    if count < 2:
        return Estimate(mean)
    error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1) / count)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return Estimate(mean, (mean - reach, mean + reach))


def _named(metric: Any) -> Any:
    if not isinstance(metric, Mapping):
        return metric
    found = {"real_baseline" if key == "floor" else key: value for key, value in metric.items()}
    if isinstance(name := found.get("name"), str):
        found["name"] = OLD_NAMES.get(name, name)
    return found


def _short(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _interval(bounds: Any) -> tuple[float, float] | None:
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        return None
    low, high = (estimate(bound) for bound in bounds)
    return None if low is None or high is None else (low.value, high.value)
