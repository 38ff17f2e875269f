"""How results show themselves in a notebook."""

import html


class Printed:
    """Shows in a notebook what `print` shows, instead of every attribute.

    Example:
        >>> class Counts(Printed):
        ...     def __str__(self):
        ...         return "cats & dogs  3"
        >>> Counts()._repr_html_()
        '<pre>cats &amp; dogs  3</pre>'
    """

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
