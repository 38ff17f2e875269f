"""The sections of a report. A section is a registered function, in this or any other package.

Example:
    >>> @register_section(order=55)
    ... def faces(inputs):
    ...     return Section("faces", "Faces", [Text("...")])
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import load_package
from ganaug.utils.registry import Registry

if TYPE_CHECKING:
    from ganaug.reporting.blocks import Section
    from ganaug.reporting.inputs import ReportInputs

    SectionFunction = Callable[[ReportInputs], Section]

SECTIONS: "Registry[tuple[int, SectionFunction]]" = Registry(
    "section", load=partial(load_package, __name__)
)


def register_section(order: int) -> "Callable[[SectionFunction], SectionFunction]":
    """Return a decorator that registers a function that returns a section of the report.

    Args:
        order: Position on the page, from 0 (the verdict) to 100 (the last section).

    Raises:
        UsageError: The order is missing, or another function with that name is registered.

    Example:
        >>> @register_section(order=95)
        ... def greeting(inputs):
        ...     return Section("greeting", "Greeting", [Text("Hello.")])
    """
    if not isinstance(order, int | float):
        raise UsageError(
            "the order of a section is missing: give it to the decorator, as in "
            "@register_section(order=95)"
        )

    def register(function: "SectionFunction") -> "SectionFunction":
        SECTIONS.register(function.__name__, function)((order, function))
        return function

    return register


def sections() -> "list[SectionFunction]":
    """Return all sections in the order of the page."""
    return [
        function for _, function in sorted(SECTIONS.items().values(), key=lambda entry: entry[0])
    ]
