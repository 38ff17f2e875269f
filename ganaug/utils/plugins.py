"""Plugins: modules of other packages that register models, data and other parts."""

import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from ganaug.utils.errors import UsageError, did_you_mean

GROUP = "ganaug.plugins"
IMPORT_IT = "if a plugin defines it, import its module first (`plugins`)"


def unknown_part(what: str, name: str, names: Iterable[str], listed: str | None = None) -> str:
    """Return what to say of a name that nothing has, where a plugin may define it.

    Args:
        what: The kind of part, or the argument that names it.
        name: What was given.
        names: All that are known.
        listed: These as text, if not all are to be shown.
    """
    names = [*names]
    near = did_you_mean(name, names)
    plugin = f" {IMPORT_IT[0].upper()}{IMPORT_IT[1:]}" if near else f"; {IMPORT_IT}"
    return f"{what} {name!r} is none of {listed or ', '.join(names)}{near}{plugin}"


def load_plugins(names: Iterable[str]) -> None:
    """Import modules that register parts.

    Args:
        names: Names of the modules; one text may have several, separated by commas.

    Raises:
        UsageError: There is no such module, or it can't be imported.
    """
    # A module beside the user's data is found, as by `python -m`.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    for name in (part.strip() for each in names for part in each.split(",")):
        try:
            import_module(name)
        # A plugin is the user's own code, which may fail in any way.
        except Exception as error:
            raise UsageError(
                f"plugins: {name!r} can't be imported ({error}); give a module of an installed "
                "package or of a folder in PYTHONPATH"
            ) from error


@cache
def load_installed_plugins() -> None:
    """Import what installed packages declare as entry points of the group `ganaug.plugins`."""
    load_plugins(each.module for each in entry_points(group=GROUP))


@cache
def load_package(name: str) -> None:
    """Import every module of a package of this project, so that its parts register themselves."""
    for module in iter_modules(import_module(name).__path__):
        import_module(f"{name}.{module.name}")
