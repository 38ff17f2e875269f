"""Registry: the parts of one kind by name, those of this project and those of plugins."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from datamodules.plugins import load_installed_plugins
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import unknown_part

Item = TypeVar("Item")
# Separators between a name and its number, between names, and between folders.
NOT_IN_NAMES = frozenset("=,/\\")


class Registry(Generic[Item]):
    """Parts of one kind by name; this project's parts can be paths that are imported on use.

    Args:
        kind: Noun for a part, for messages.
        built_in: Returns this project's parts, each as an object or a path `module.attribute`.
        load: Imports this project's modules that register parts. Called before a part from
            elsewhere is added, so that built-in names are already taken.

    Example:
        >>> shapes = Registry("shape")
        >>> @shapes.register("square")
        ... def square(side):
        ...     return side * side
        >>> shapes.names(), shapes.get("square")(3)
        (['square'], 9)
    """

    def __init__(
        self,
        kind: str,
        built_in: Callable[[], Mapping[str, Any]] = dict,
        load: Callable[[], None] = lambda: None,
    ) -> None:
        self.kind, self._built_in, self._load = kind, built_in, load
        self._added: dict[str, Item] = {}
        self._origins: dict[str, str] = {}

    def register(self, name: str, code: Any = None) -> Callable[[Item], Item]:
        """Return a decorator that adds a part under a name.

        The same function or class may be registered again, as happens if a notebook cell is run
        twice.

        Args:
            name: Name of the part.
            code: The function or class that the part was built from; by default the part itself.

        Raises:
            UsageError: The name is taken by another part, or is invalid.
        """
        check_name(f"the name of a {self.kind}", name)
        if name in self._built_in():
            raise UsageError(f"there is a {self.kind} {name!r} already; take another name")

        def add(item: Item) -> Item:
            source = item if code is None else code
            origin = dotted_path(source)
            if not is_built_in(source):
                self._load()
            if name in self._added and (other_origin := self._origins.get(name, origin)) != origin:
                raise UsageError(
                    f"there is a {self.kind} {name!r} already ({other_origin}); take another name"
                )
            self._added[name], self._origins[name] = item, origin
            return item

        return add

    def items(self) -> dict[str, Any]:
        """Return all parts by name; those not yet imported are paths."""
        self._load()
        load_installed_plugins()
        return {**self._built_in(), **self._added}

    def names(self) -> list[str]:
        """Return the names of all parts, including those of installed plugins."""
        return sorted(self.items())

    def get(self, name: str) -> Item:
        """Return the part with a name.

        Raises:
            UsageError: There is none; the message suggests the closest name, and lists all.
        """
        item = self._added.get(name) or self._built_in().get(name) or self.items().get(name)
        if item is None:
            raise UsageError(unknown_part(self.kind, name, self.names()))
        return attribute(item) if isinstance(item, str) else item


def check_name(label: str, name: object) -> None:
    """Refuse an invalid name of a part; names must work in options such as `name=0.5`.

    Args:
        label: Description of the name, for the message.
        name: The name, or the decorated function if the decorator was used without arguments.

    Raises:
        UsageError: The name is invalid; the message shows how to use the decorator, or which
            characters are not allowed.
    """
    if callable(name):
        raise UsageError(
            f'{label} is missing: give it to the decorator, as in @register_…("mine") '
            f"above {dotted_path(name)}"
        )
    if not isinstance(name, str) or not name.strip() or set(name) & NOT_IN_NAMES:
        raise UsageError(
            f"{label} is {name!r}; give text without {' '.join(sorted(NOT_IN_NAMES))}, such as mine"
        )


def dotted_path(code: Any) -> str:
    """Return the path `module.name` of a function or class, or of an object's class."""
    kind = code if hasattr(code, "__qualname__") else type(code)
    return f"{kind.__module__}.{kind.__qualname__}"


def is_built_in(code: Any) -> bool:
    """Return whether a function, class or object is part of this project."""
    return dotted_path(code).partition(".")[0] in ("ganaug", "datamodules")


def attribute(path: str) -> Any:
    """Import an attribute by its path `module.attribute`."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
