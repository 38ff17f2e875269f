"""Escaping names and notes of users in Markdown."""

import re

# Characters that are special in Markdown or HTML; _, & and ~ aren't within words and addresses.
_MARKUP = re.compile(
    r"[\\`*<\[|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|~(?=~)|(?<=~)~",
)


def code(text: str) -> str:
    """Return a text as inline code in Markdown; backticks in it are allowed.

    Example:
        >>> code("photos"), code("a`b"), code("`a")
        ('`photos`', '``a`b``', '`` `a ``')
    """
    text = " ".join(text.splitlines())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def plain(text: str) -> str:
    r"""Return a text as one line of Markdown that displays it literally.

    Example:
        >>> plain("dog_wolf, _x_ and <b>")
        'dog_wolf, \\_x\\_ and \\<b>'
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
