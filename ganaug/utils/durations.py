"""Durations: parsing them, and printing rough estimates."""

import math
import re
from datetime import timedelta

from ganaug.utils.errors import UsageError

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_in(text: object) -> float | None:
    """Return the seconds in a duration such as 90s, 15m, 8h or 2d; None if it isn't one.

    Example:
        >>> [seconds_in(text) for text in ("90s", "1.5m", "8h", "10", "-1m")]
        [90.0, 90.0, 28800.0, None, None]
    """
    match = DURATION.fullmatch(str(text).strip())
    seconds = float(match[1]) * SECONDS[match[2]] if match else math.inf
    # A number of hundreds of digits is infinite.
    return seconds if math.isfinite(seconds) else None


def duration_text(duration: timedelta) -> str:
    """Return a duration in its largest whole unit, as `seconds_in` reads it.

    Raises:
        UsageError: It is shorter than a second.

    Example:
        >>> [duration_text(timedelta(minutes=minutes)) for minutes in (1.5, 90, 120, 2880)]
        ['90s', '90m', '2h', '2d']
    """
    seconds = round(duration.total_seconds())
    if seconds < 1:
        raise UsageError(f"the time {duration} is shorter than a second; give more")
    unit = next(unit for unit in reversed(SECONDS) if seconds % SECONDS[unit] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"


def in_words(seconds: float) -> str:
    """Return a duration in words, rounded by at most 10% or half a second.

    Less than a second counts as one second.

    Example:
        >>> [in_words(seconds) for seconds in (0.2, 41, 58, 90, 9000, 432000)]
        ['1 second', '40 seconds', '1 minute', '90 seconds', '2.5 hours', '120 hours']
    """
    # From 25 seconds, rounding to 5 seconds changes a duration by at most 10%.
    rounded = max(1, round(seconds) if seconds < 25 else 5 * round(seconds / 5))
    if rounded < 120 and rounded != 60:
        return _counted(rounded, "second")
    minutes = seconds / 60
    return _counted(minutes, "minute") if minutes < 90 else _counted(minutes / 60, "hour")


def _counted(amount: float, unit: str) -> str:
    number = f"{amount:.{0 if amount >= 10 else 1}f}".removesuffix(".0")
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"
