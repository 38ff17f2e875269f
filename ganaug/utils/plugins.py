"""Plugins: modules of the user's own that register models, metrics, filters and other parts.

A package announces one by an entry point, which is found by itself once it is installed:

    [project.entry-points."ganaug.plugins"]
    sngan = "my_package.sngan"

A module that is not installed is named by `--plugins my_module` or `load_plugins(["my_module"])`.
"""

import importlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from ganaug.utils.errors import UsageError

GROUP = "ganaug.plugins"


def load_plugins(names: Iterable[str]) -> None:
    """Import modules that register parts, from the working folder or wherever they are installed.

    Args:
        names: Modules, such as `my_package.sngan`.

    Raises:
        UsageError: There is no such module, or its import fails; says why.
    """
    here = str(Path.cwd())
    for name in names:
        if here not in sys.path:
            sys.path.insert(0, here)
        try:
            importlib.import_module(name)
        # A plugin is the user's own code, which may fail in any way.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise UsageError(f"plugins: {name!r} can't be imported ({reason})") from error


@cache
def load_entry_points() -> None:
    """Import the plugins that installed packages announce, once.

    Raises:
        UsageError: One fails; names it.
    """
    load_plugins(each.value.partition(":")[0] for each in entry_points(group=GROUP))


@cache
def load_package(name: str) -> None:
    """Import every module of a package of this project, so that its parts register themselves."""
    for module in iter_modules(importlib.import_module(name).__path__):
        importlib.import_module(f"{name}.{module.name}")
