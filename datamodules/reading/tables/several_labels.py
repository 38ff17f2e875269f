"""Labels that combine several in one value, such as `cat|dog`."""

import re
from ast import literal_eval
from collections import Counter
from collections.abc import Iterable
from typing import Any

# Separators that hardly occur in a class name, and those that may.
SEPARATES, MAY_SEPARATE = re.compile(r"\s*[|;]\s*"), re.compile(r"\s*[,+&/]\s*|\s+")


def joined_labels(labels: Iterable[str]) -> str | None:
    """Return the first label that combines several labels; None if there is none.

    `|` separates labels, and so does `;` if each part also occurs in another label. Commas, spaces
    and similar characters only do if each part is a label by itself, and not between numbers, as in
    a score of 3+4.

    Example:
        >>> joined_labels(["cat", "dog", "sea lion", "cat dog"])
        'cat dog'
    """
    distinct = dict.fromkeys(filter(None, labels))
    count = Counter(part for label in distinct for part in {*SEPARATES.split(label)})
    for label in distinct:
        listed = SEPARATES.split(label)
        if "|" in label or (len(listed) > 1 and all(count[part] > 1 for part in listed)):
            return label
        parts = [part for part in MAY_SEPARATE.split(label) if part]
        several = len(parts) > 1 and all(part in distinct for part in parts)
        if several and not all(map(str.isdigit, parts)):
            return label
    return None


def unwrapped(text: str) -> str:
    """Return the labels in a list or a mapping of one key, as programs write them into a cell.

    Example:
        >>> unwrapped("['cat']"), unwrapped('["cat", "dog"]'), unwrapped('{"kind":"cat"}')
        ('cat', 'cat|dog', 'cat')
        >>> unwrapped("[]"), unwrapped("[old] cat")
        ('', '[old] cat')
    """
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return text
    try:
        value = literal_eval(text)
    # Deeply nested text raises a MemoryError.
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return text
    if not value:
        return ""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return text_of_value(value) or text


def text_of_value(value: Any) -> str | None:
    """Return a JSON value as text, with a list of strings joined by `|`; None for other values.

    Example:
        >>> text_of_value(["cat", "dog"]), text_of_value(3), text_of_value([0.5, 0.1])
        ('cat|dog', '3', None)
    """
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "|".join(value)
    return str(value) if isinstance(value, str | int | float) else None
