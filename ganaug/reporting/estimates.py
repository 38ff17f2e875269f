"""Values with intervals and real baselines, for the numbers and bars of a page."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganaug.evaluation.metrics.result import MetricResult


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval and its real baseline."""

    value: float
    interval: tuple[float, float] | None = None
    real: float | None = None

    @classmethod
    def of(cls, result: MetricResult | None) -> "Estimate | None":
        """Return the estimate of a metric; None if it has no value."""
        if result is None:
            return None
        baseline = result.real_baseline
        return estimate(result.value, result.interval, baseline and baseline.value)


def estimate(value: Any, interval: Any = None, real: Any = None) -> Estimate | None:
    """Return an estimate from plain values; None if `value` is not a finite number."""
    if not _is_number(value):
        return None
    bounds = interval if isinstance(interval, Sequence) and len(interval) == 2 else ()
    has_bounds = bounds and all(map(_is_number, bounds))
    return Estimate(
        float(value),
        (float(bounds[0]), float(bounds[1])) if has_bounds else None,
        float(real) if _is_number(real) else None,
    )


def dig(node: Any, *keys: str) -> Any:
    """Return the value under a path of keys in nested JSON objects; None if there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def flat(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value of nested JSON with its path."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list) and any(isinstance(item, Mapping | list) for item in node):
        for number, value in enumerate(node):
            yield from flat(value, f"{path}[{number}]")
    elif isinstance(node, list):
        yield path, ", ".join(_short(item) for item in node)
    else:
        yield path, _short(node)


def _short(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_number(value: Any) -> bool:
    kind = isinstance(value, int | float) and not isinstance(value, bool)
    return kind and math.isfinite(value)
