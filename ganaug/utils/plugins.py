"""Plugins: modules of other packages that register models, data and other parts."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from ganaug.utils.errors import UsageError

GROUP = "ganaug.plugins"


def load_plugins(names: Iterable[str]) -> None:
    """Import modules that register parts.

    Args:
        names: Of the modules; one text may name several, with commas between.

    Raises:
        UsageError: There is no such module, or it can't be imported.
    """
    for name in (part.strip() for each in names for part in each.split(",")):
        try:
            import_module(name)
        except (ImportError, ValueError, SyntaxError) as error:
            raise UsageError(
                f"plugins: {name!r} can't be imported ({error}); give a module of an installed "
                "package or of a folder in PYTHONPATH"
            ) from error


@cache
def load_installed_plugins() -> None:
    """Import what installed packages declare as entry points of the group `ganaug.plugins`."""
    load_plugins(each.module for each in entry_points(group=GROUP))
