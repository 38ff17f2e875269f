"""Charts of one row: bars and differences, in percent of whatever width their cell has."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ganaug.reporting.figures import Measured

# Intervals are shown as far as so many times the largest difference.
WIDEST = 1.5


@dataclass(frozen=True)
class Scale:
    """The range of values that a chart spans."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float]) -> "Scale":
        """Span zero and all of the values, with a little air on the sides that have any."""
        low, high = min([0.0, *values]), max([0.0, *values])
        air = 0.05 * (high - low)
        return cls(low - air if low < 0 else 0.0, high + air if high > 0 else float(low == 0))

    @classmethod
    def of_differences(cls, found: Sequence[Measured]) -> "Scale":
        """Span differences and their intervals, but for what of an interval is very wide.

        One arm that went another way with each seed would press all others together.
        """
        most = WIDEST * max((abs(own.value) for own in found), default=0.0)
        bounds = [bound for own in found for bound in own.interval or (own.value,)]
        return cls.around([min(most, max(-most, bound)) for bound in bounds])

    def place(self, value: float) -> float:
        """Return a value's place in percent of the width, never outside of it."""
        return min(100.0, max(0.0, 100 * (value - self.low) / ((self.high - self.low) or 1.0)))


def bar(made: Measured, scale: Scale, says: str, real: float | None = None) -> Markup:
    """Draw a bar with its interval, and a mark where real images stand.

    Args:
        made: Where the bar ends; its interval is a thin line with ends.
        scale: What the width spans.
        says: The same in words, for who can't see it.
        real: Where real images stand; None where it is not known.
    """
    zero, end = sorted((scale.place(0), scale.place(made.value)))
    parts = [
        Markup('<rect class="track" x="0" y="6" width="100%" height="8"/>'),
        Markup('<rect class="made" x="{:.2f}%" y="4" width="{:.2f}%" height="12"/>').format(
            zero, end - zero
        ),
        _whisker(made, scale),
    ]
    if real is not None:
        mark = '<line class="real" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="20"/>'
        parts.append(Markup(mark).format(scale.place(real)))
    return _row(parts, says)


def difference(found: Measured, scale: Scale, says: str, tone: str) -> Markup:
    """Draw a difference as a dot with its interval, beside a line at no difference.

    Args:
        found: Where the dot is; its interval is a thin line with ends.
        scale: What the width spans.
        says: The same in words, for who can't see it.
        tone: good, bad or plain: how the style sheet colours the dot.
    """
    zero = '<line class="zero" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="20"/>'
    dot = Markup('<circle class="dot {}" cx="{:.2f}%" cy="10" r="5"/>')
    parts = [
        Markup(zero).format(scale.place(0)),
        _whisker(found, scale),
        dot.format(tone, scale.place(found.value)),
    ]
    return _row(parts, says)


def _whisker(found: Measured, scale: Scale) -> Markup:
    if found.interval is None:
        return Markup()
    low, high = (scale.place(bound) for bound in found.interval)
    line = '<line class="whisker" x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}"/>'
    # An interval that goes on beyond the picture has no end there.
    ends = [
        (x, x, 6, 14)
        for x, bound in zip((low, high), found.interval, strict=True)
        if scale.low <= bound <= scale.high
    ]
    return Markup().join(Markup(line).format(*end) for end in [(low, high, 10, 10), *ends])


def _row(parts: Sequence[Markup], says: str) -> Markup:
    frame = '<svg class="row" role="img" aria-label="{}" width="100%" height="20">{}</svg>'
    return Markup(frame).format(says, Markup().join(parts))
