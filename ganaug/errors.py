"""The error that a user can put right, and the hint that helps."""

from collections.abc import Iterable
from difflib import get_close_matches


class UsageError(ValueError):
    """A wrong argument, file or combination; tools print its message and exit with code 2."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the choice most like the word, or nothing."""
    near = get_close_matches(word, list(choices), 1)
    return f" Did you mean {near[0]!r}?" if near else ""
