"""Registry of sources by method, from this package or the user's own."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ganaug.utils.plugins import load_package
from ganaug.utils.registry import Registry

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.sources.base import ImageSource


class SourceClass(Protocol):
    """A class of sources that `register_source` accepts.

    Optional attributes are a static method `check(model, wanted, counts)`, which is called before
    any images are read with the numbers of images to make and of real images by class, and raises a
    UsageError if the model or the counts don't allow the plan; `needs_model = True` if the source
    can't work from real images alone; and `digital_source_type` (see `ImageSource`).

    Attributes:
        draws_latents: Whether it uses `truncation`.
    """

    draws_latents: bool

    def build(self, context: "Context") -> "ImageSource":
        """Build the source; a class method.

        Raises:
            UsageError: The source can't be built from this model or data.
        """
        ...


_registry: Registry[SourceClass] = Registry(
    "method", load=partial(load_package, "ganaug.synthesis.sources")
)

# Methods of models; `method="model"` picks the one that the model supports.
OF_A_MODEL = ("generator", "translator")


def register_source(name: str) -> Callable[[SourceClass], SourceClass]:
    """Return a decorator that registers a class of sources, for `synthesize(method=name)`.

    Args:
        name: Name of the method, as in `synthesize(method="name")`.

    Raises:
        UsageError: The name is taken by another source.

    Example:
        >>> @register_source("noise")
        ... class NoiseSource:
        ...     method, draws_latents = "noise", False
        >>> source_class("noise").method
        'noise'
    """
    return _registry.register(name)


def source_class(method: str) -> SourceClass:
    """Return the class of sources of a method.

    Raises:
        UsageError: There is no such method.
    """
    return _registry.get(method)


def methods() -> list[str]:
    """Return the methods that a user can choose; `model` is the model's own."""
    return ["model", *(name for name in _registry.names() if name not in (*OF_A_MODEL, "real"))]
