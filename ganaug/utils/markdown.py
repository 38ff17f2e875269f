"""Names and notes of users in Markdown: they read as they are, and lay nothing out."""

import re

# What Markdown or HTML gives a meaning to; within words and addresses _, & and ~ have none.
_MARKUP = re.compile(
    r"[\\`*<\[|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|~(?=~)|(?<=~)~",
)


def plain(text: str) -> str:
    r"""Return a text as one line of Markdown that shows it.

    Example:
        >>> plain("dog_wolf, _x_ and <b>")
        'dog_wolf, \\_x\\_ and \\<b>'
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
