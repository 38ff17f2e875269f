"""A registry: parts by name, each registered by its own file, in the user's package too."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ganaug.utils.errors import UsageError, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """Parts of one kind, by name.

    Args:
        kind: What errors call a part, such as `filter`.
        package: The package whose modules register parts; they are imported at the first look.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self._parts: dict[str, T] = {}
        self._complete = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers a part; a part of the same name is replaced."""

        def register(part: T) -> T:
            self._parts[name] = part
            return part

        return register

    def __iter__(self) -> Iterator[str]:
        """Yield the names by the alphabet, whatever was imported first."""
        if not self._complete:
            self._complete = True
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")
        return iter(sorted(self._parts))

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __getitem__(self, name: str) -> T:
        """Return a part.

        Raises:
            UsageError: There is none of that name.
        """
        if name not in (names := list(self)):
            raise UsageError(
                f"{self.kind} {name!r} is none of {', '.join(names)}{did_you_mean(name, names)}"
            )
        return self._parts[name]
