"""Durations in words, as roughly as an estimate deserves."""


def in_words(seconds: float) -> str:
    """Return a duration in words.

    Example:
        >>> [in_words(seconds) for seconds in (0.2, 41, 90, 1500, 9000)]
        ['a second', '40 seconds', '2 minutes', '25 minutes', '2.5 hours']
    """
    if seconds < 2:
        return "a second"
    if seconds < 60:
        return f"{round(seconds, -1) if seconds > 20 else seconds:.0f} seconds"
    if seconds < 90 * 60:
        minutes = max(1, round(seconds / 60))
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{seconds / 3600:.2g} hours"
