"""The words of a command line: pairs of an option and its value."""

from collections.abc import Callable, Sequence


def pairs(words: Sequence[str]) -> list[tuple[str, str | None]]:
    """Split words into pairs of option and value; the value is None if there is none."""
    pairs: list[tuple[str, str | None]] = []
    for word in words:
        if word.startswith("--"):
            option, equals, value = word.partition("=")
            pairs.append((option, value if equals else None))
        elif pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], word)
        else:
            pairs.append((word, None))
    return pairs


def take(words: Sequence[str], is_taken: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """Split words, which stay as they were typed, into the others and those of some options.

    Example:
        >>> take(["--out", "a", "--data.root=-b", "--seed=1"], lambda option: option == "--out")
        (['--data.root=-b', '--seed=1'], ['--out', 'a'])
    """
    others: list[str] = []
    taken: list[str] = []
    takes_value = False
    for word in words:
        option, equals, _ = word.partition("=")
        is_option = word.startswith("--")
        takes_word = is_taken(option) if is_option else takes_value
        takes_value = is_option and takes_word and not equals
        (taken if takes_word else others).append(word)
    return others, taken
