"""Line charts: scalable lines in SVG, with ticks of a fixed size in HTML."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

TICKS = 5
FRAME = (
    '<div class="plot" role="img" aria-label="{}"><div class="up">{}</div>'
    '<svg viewBox="0 0 100 100" preserveAspectRatio="none">{}{}</svg>'
    '<div class="across">{}</div></div>'
)


@dataclass(frozen=True)
class Line:
    """Horizontal positions and values of a line, with a gap at values that are not finite."""

    across: Sequence[float]
    up: Sequence[float]


def plot(series: Mapping[str, Line], alt: str, marks: Mapping[str, float] | None = None) -> Markup:
    """Draw lines in one plot.

    Args:
        series: The lines, by style sheet class.
        alt: Alternative text.
        marks: Positions of vertical lines, by style sheet class.
    """
    across = [x for line in series.values() for x in line.across]
    up = [y for line in series.values() for y in line.up if math.isfinite(y)]
    right, left = (max(across, default=1), min(across, default=0))
    steps = ticks(min(up, default=0), max(up, default=1))
    low, high = min([*steps, *up]), max([*steps, *up])
    curves = [
        Markup('<path class="curve {}" d="{}"/>').format(
            name, _path(line, (left, right), (low, high))
        )
        for name, line in series.items()
    ]
    for name, position in (marks or {}).items():
        vertical = '<path class="curve {0}" d="M{1:.2f} 0V100"/>'
        curves.append(Markup(vertical).format(name, 100 * _share(position, left, right)))
    heights = [(100 - 100 * _share(step, low, high), step) for step in steps]
    return Markup(FRAME).format(
        alt,
        _spans("top", heights),
        _grid(height for height, _ in heights),
        Markup().join(curves),
        _spans(
            "left", [(100 * _share(x, left, right), x) for x in ticks(left, right, within=True)]
        ),
    )


def values(series: Mapping[str, Line]) -> Markup:
    """Return lines of a single point as text.

    Example:
        >>> values({"FID": Line([20], [3.5])})
        Markup('<p class="plot-value">FID 3.5, at batch 20</p>')
    """
    template = Markup('<p class="plot-value">{} {:.3g}, at batch {:,.0f}</p>')
    return Markup().join(
        template.format(name, line.up[0], line.across[0]) for name, line in series.items()
    )


def ticks(low: float, high: float, *, within: bool = False) -> list[float]:
    """Return round numbers from low to high, in steps of 1, 2 or 5 times a power of ten.

    Args:
        low: The lowest value.
        high: The highest value.
        within: Whether all ticks are within the range; if not, they enclose it.
    """
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(
        power * factor for factor in (1, 2, 5, 10) if power * factor * TICKS >= span * 0.999
    )
    first, last = (
        (math.ceil(low / step), math.floor(high / step))
        if within
        else (math.floor(low / step), math.ceil(high / step))
    )
    return [round(number * step, 12) for number in range(first, max(last, first) + 1)]


def thinned(line: Line, max_points: int = 240) -> Line:
    """Return a line of at most `max_points` points, averages of neighbors, for a small page."""
    size = -(-len(line.across) // max_points)
    if size <= 1:
        return line
    starts = range(0, len(line.across), size)
    across, up = (
        [_mean(coordinates[k : k + size]) for k in starts] for coordinates in (line.across, line.up)
    )
    return Line(across, up)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / ((high - low) or 1.0)


def _path(line: Line, across: tuple[float, float], up: tuple[float, float]) -> str:
    parts, pen = [], "M"
    for x, y in zip(line.across, line.up, strict=True):
        if not math.isfinite(y):
            pen = "M"
            continue
        parts.append(f"{pen}{100 * _share(x, *across):.2f} {100 - 100 * _share(y, *up):.2f}")
        pen = "L"
    if len(parts) == 1:
        # A single point is drawn as a dot.
        parts.append("h0")
    return "".join(parts)


def _grid(heights: Iterable[float]) -> Markup:
    return Markup('<path class="grid" d="{}"/>').format(
        "".join(f"M0 {height:.2f}H100" for height in heights)
    )


def _spans(side: str, positions: Iterable[tuple[float, float]]) -> Markup:
    span = Markup('<span style="{}:{:.2f}%">{}</span>')
    return Markup().join(
        span.format(side, position, f"{value:,.6g}") for position, value in positions
    )
