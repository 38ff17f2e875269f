"""Display of results in notebooks, and as pandas tables."""

import html
from typing import Any

from ganaug.utils.errors import UsageError


class Printed:
    """Displays an object in a notebook as `print` does, instead of with all attributes.

    Example:
        >>> class Counts(Printed):
        ...     def __str__(self):
        ...         return "cats & dogs  3"
        >>> Counts()._repr_html_()
        '<pre>cats &amp; dogs  3</pre>'
    """

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def frame(rows: Any) -> Any:
    """Return rows, or columns by name, as a pandas table.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise UsageError("to_frame needs pandas: pip install 'ganaug[pandas]'") from error
    return pandas.DataFrame(rows)
