"""Durations: parsing those of users, and printing rough estimates."""

import re

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_in(text: object) -> float | None:
    """Return the seconds in a time such as 90s, 15m, 8h or 2d; None where it is none.

    Example:
        >>> [seconds_in(text) for text in ("90s", "1.5m", "8h", "10", "-1m")]
        [90.0, 90.0, 28800.0, None, None]
    """
    match = DURATION.fullmatch(str(text).strip())
    return float(match[1]) * SECONDS[match[2]] if match else None


def in_words(seconds: float) -> str:
    """Return a duration in words.

    Example:
        >>> [in_words(seconds) for seconds in (0.2, 41, 58, 90, 9000, 432000)]
        ['1 second', '40 seconds', '1 minute', '2 minutes', '2.5 hours', '120 hours']
    """
    if seconds < 1.5:
        return "1 second"
    if seconds < 55:
        return f"{round(seconds, -1) if seconds > 20 else seconds:.0f} seconds"
    if seconds < 90 * 60:
        minutes = max(1, round(seconds / 60))
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = seconds / 3600
    return f"{hours:.0f} hours" if hours >= 10 else f"{hours:.1f} hours".replace(".0 ", " ")
