"""Charts in table cells: bars and differences, with positions in percent of the cell's width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import number
from ganaug.reporting.plots import ticks

# Intervals are cut at this many times the largest difference.
WIDEST = 1.5


@dataclass(frozen=True)
class Scale:
    """The range of values that a chart spans."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float]) -> "Scale":
        """Return a scale that includes zero and all values, with a small margin."""
        low, high = min([0.0, *values]), max([0.0, *values])
        margin = 0.05 * (high - low)
        return cls(low - margin if low < 0 else 0.0, high + margin if high > 0 else float(low == 0))

    @classmethod
    def of_differences(cls, estimates: Sequence[Estimate]) -> "Scale":
        """Return a scale for differences and their intervals, which cuts very wide intervals.

        A single very wide interval would compress all others.
        """
        limit = WIDEST * max((abs(estimate.value) for estimate in estimates), default=0.0)
        bounds = [
            bound for estimate in estimates for bound in estimate.interval or (estimate.value,)
        ]
        return cls.around([min(limit, max(-limit, bound)) for bound in bounds])

    def place(self, value: float) -> float:
        """Return the position of a value in percent of the width, 0 to 100."""
        return min(100.0, max(0.0, 100 * (value - self.low) / ((self.high - self.low) or 1.0)))


def with_axis(heading: str, scale: Scale, write: Callable[[float], str] = number) -> Markup:
    """Return the heading of a column of charts, with an axis below it.

    Args:
        heading: Heading of the column.
        scale: Scale of the charts in the column.
        write: Formats a value.
    """
    label = Markup('<span style="left:{:.2f}%">{}</span>')
    values = ticks(scale.low, scale.high, within=True)
    # Three ticks fit into a narrow column.
    shown_values = values[:: -(-len(values) // 3)]
    marks = Markup().join(label.format(scale.place(value), write(value)) for value in shown_values)
    return Markup('{}<div class="axis">{}</div>').format(heading, marks)


def bar(value: Estimate, scale: Scale, alt: str, real: float | None = None) -> Markup:
    """Draw a bar with its interval, and a mark at the real baseline.

    Args:
        value: Length of the bar, and its interval, which is a thin line with ends.
        scale: Scale of the chart.
        alt: Alternative text.
        real: The real baseline; None if it is unknown.
    """
    zero, end = sorted((scale.place(0), scale.place(value.value)))
    parts = [
        Markup('<rect class="track" x="0" y="6" width="100%" height="8"/>'),
        Markup('<rect class="synthetic" x="{:.2f}%" y="4" width="{:.2f}%" height="12"/>').format(
            zero, end - zero
        ),
        _whisker(value, scale),
    ]
    if real is not None:
        mark = '<line class="real" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="20"/>'
        parts.append(Markup(mark).format(scale.place(real)))
    return _row(parts, alt)


def difference(estimate: Estimate, scale: Scale, alt: str, tone: str) -> Markup:
    """Draw a difference as a dot with its interval, and a line at zero.

    Args:
        estimate: Position of the dot, and its interval, which is a thin line with ends.
        scale: Scale of the chart.
        alt: Alternative text.
        tone: Color of the dot in the style sheet: good, bad or plain.
    """
    zero = '<line class="zero" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="20"/>'
    return _row([Markup(zero).format(scale.place(0)), *_dot(estimate, scale, tone)], alt)


def dot(estimate: Estimate, scale: Scale, alt: str, tone: str) -> Markup:
    """Draw a value as a dot with its interval, on a scale that may not include zero.

    Args:
        estimate: Position of the dot, and its interval, which is a thin line with ends.
        scale: Scale of the chart.
        alt: Alternative text.
        tone: Color of the dot in the style sheet: good, bad or plain.
    """
    return _row(_dot(estimate, scale, tone), alt)


def _dot(estimate: Estimate, scale: Scale, tone: str) -> list[Markup]:
    circle = Markup('<circle class="dot {}" cx="{:.2f}%" cy="10" r="5"/>')
    return [_whisker(estimate, scale), circle.format(tone, scale.place(estimate.value))]


def _whisker(estimate: Estimate, scale: Scale) -> Markup:
    if estimate.interval is None:
        return Markup()
    low, high = (scale.place(bound) for bound in estimate.interval)
    line = '<line class="whisker" x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}"/>'
    # Where an interval is cut, it ends in an arrow.
    arrow = '<svg class="arrow" x="{}%" overflow="visible"><path d="{}"/></svg>'
    arrows = [
        Markup(arrow).format(edge, path)
        for edge, path, is_cut in (
            (0, "M6 5L0 10L6 15", estimate.interval[0] < scale.low),
            (100, "M-6 5L0 10L-6 15", estimate.interval[1] > scale.high),
        )
        if is_cut
    ]
    ends = [
        (x, x, 6, 14)
        for x, bound in zip((low, high), estimate.interval, strict=True)
        if scale.low <= bound <= scale.high
    ]
    lines = [Markup(line).format(*end) for end in [(low, high, 10, 10), *ends]]
    return Markup().join([*lines, *arrows])


def _row(parts: Sequence[Markup], alt: str) -> Markup:
    frame = '<svg class="row" role="img" aria-label="{}" width="100%" height="20">{}</svg>'
    return Markup(frame).format(alt, Markup().join(parts))
