"""Labels of a table that are several in one, such as `cat|dog`."""

import re
from collections.abc import Iterable
from typing import Any

# What is in no name of a class, and what may be.
CERTAIN, POSSIBLE = re.compile(r"[|;]"), re.compile(r"\s*[,+&/]\s*|\s+")


def joined_labels(labels: Iterable[str]) -> str | None:
    """Return the first label that is several in one; None if there is none.

    Between `|` or `;` are labels. Parts between commas, spaces and the like are only if each is
    also the label of an image.

    Example:
        >>> joined_labels(["cat", "dog", "sea lion", "cat dog"])
        'cat dog'
    """
    own = dict.fromkeys(labels)
    for label in own:
        parts = POSSIBLE.split(label.strip())
        if CERTAIN.search(label) or (len(parts) > 1 and all(part in own for part in parts)):
            return label
    return None


def text_of_value(value: Any) -> str | None:
    """Return the text of a value in JSON, of a list of texts joined by `|`; None for others.

    Example:
        >>> text_of_value(["cat", "dog"]), text_of_value(3), text_of_value([0.5, 0.1])
        ('cat|dog', '3', None)
    """
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return "|".join(value)
    return str(value) if isinstance(value, str | int | float) else None
