"""Plugins: modules of other packages that register models, data and other parts."""

import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from datamodules.errors import failure
from datamodules.plugins import OWN_PACKAGES, failed_plugins
from ganaug.utils.errors import UsageError, did_you_mean

IMPORT_IT = "if a plugin defines it, import its module first (`plugins`)"


def unknown_part(
    label: str, name: str, names: Iterable[str], choices_text: str | None = None
) -> str:
    """Return the error message for an unknown name that a plugin may define.

    Args:
        label: The kind of part, or the argument that names it.
        name: The given name.
        names: All known names.
        choices_text: Text in place of the list of known names.
    """
    names = [*names]
    near = did_you_mean(name, names)
    plugin = f" {IMPORT_IT[0].upper()}{IMPORT_IT[1:]}" if near else f"; {IMPORT_IT}"
    choices_text = choices_text or ", ".join(names)
    return f"{label} {name!r} is not one of {choices_text}{near}{plugin}{failed_plugins()}"


def load_plugins(names: Iterable[str]) -> None:
    """Import modules that register parts.

    Args:
        names: Names of modules; a string may hold several, separated by commas.

    Raises:
        UsageError: There is no such module, or it fails on import.
    """
    modules = [name for text in names for part in text.split(",") if (name := part.strip())]
    if modules:
        find_modules_here()
    for name in modules:
        _refuse_file(name)
        try:
            import_module(name)
            OWN_PACKAGES.add(name.partition(".")[0])
        except UsageError as error:
            raise UsageError(f"plugins: {name!r} is refused: {error}") from error
        # A plugin may raise any error.
        except Exception as error:
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            if missing and f"{name}.".startswith(f"{missing}."):
                raise UsageError(
                    f"plugins: there is no module {missing!r}; give a module of an installed "
                    "package, of the current folder or of a folder in PYTHONPATH"
                ) from error
            remedy = f"install {missing}" if missing else "correct it, and run this again"
            raise UsageError(
                f"plugins: {name!r} raised {failure(error)} on import; {remedy}"
            ) from error


def find_modules_here() -> None:
    """Let modules in the current folder be imported, as by `python -m`; installed ones go first."""
    if (folder := str(Path.cwd())) not in sys.path:
        sys.path.append(folder)


def _refuse_file(name: str) -> None:
    """Refuse the path of a module's file."""
    if name.endswith(".py") or set(name) & set("/\\"):
        raise UsageError(
            f"plugins: {name!r} is a file; give the name of its module, such as "
            f"{Path(name).stem or 'mine'}, from the folder that holds it"
        )


def plugins_of(modules: Iterable[str]) -> str:
    """Return the distinct plugins among modules, joined by commas for `load_plugins`.

    Example:
        >>> plugins_of(["mine.sngan", "datamodules.mnist", "mine.sngan", "mine.archive"])
        'mine.sngan,mine.archive'
    """
    plugins = [
        module
        for module in modules
        if module.partition(".")[0] not in ("ganaug", "datamodules", "")
    ]
    return ",".join(dict.fromkeys(plugins))


@cache
def load_package(name: str) -> None:
    """Import every module of a package of this project, so that its parts register themselves."""
    for module in iter_modules(import_module(name).__path__):
        import_module(f"{name}.{module.name}")
