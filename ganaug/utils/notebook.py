"""Display of results in notebooks."""

import html


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
