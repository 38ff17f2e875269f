"""Installed plugins: packages that register their parts by the entry point `ganaug.plugins`."""

import warnings
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from datamodules.errors import failure

GROUP = "ganaug.plugins"
# Names of loaded packages and modules of users.
OWN_PACKAGES: set[str] = set()
_tried: set[EntryPoint] = set()
_failures: dict[str, str] = {}


def load_installed_plugins() -> None:
    """Load each installed plugin once; warn of one that fails, and go on without it.

    An entry point names a module, or a function without arguments (`mine = "mine:register"`).
    """
    for plugin in _installed():
        if plugin in _tried:
            continue
        _tried.add(plugin)  # before it is loaded: registering a part calls this function
        try:
            _load(plugin)
        except Exception as error:  # a plugin may raise any error
            _failures[plugin.name] = failure(error)
            warnings.warn(
                f"the installed plugin {plugin.name!r} ({plugin.value}) failed, and some of its "
                f"parts may be missing: it raised {failure(error)}",
                stacklevel=2,
            )


def failed_plugins() -> str:
    """Return a sentence that names the installed plugins that failed; empty if there are none."""
    plugins = [f"{name!r} ({reason})" for name, reason in _failures.items()]
    return f". Installed plugins that failed: {', '.join(plugins)}" if plugins else ""


@cache
def _installed() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _load(plugin: EntryPoint) -> None:
    loaded = plugin.load()
    OWN_PACKAGES.add(plugin.module.partition(".")[0])
    if plugin.attr:
        # Calling a class, such as a model, would build one.
        if isinstance(loaded, type) or not callable(loaded):
            raise TypeError(f"{plugin.value} is {loaded!r}; name a module or a function")
        loaded()
