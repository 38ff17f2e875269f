"""The sources by method: a file registers its source, here or in the user's own package."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ganaug.utils.registry import Registry

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.sources.base import ImageSource


class SourceClass(Protocol):
    """A class of sources, as `register_source` takes it.

    Attributes:
        draws_latents: Whether it reads `truncation`.
    """

    draws_latents: bool

    def build(self, context: "Context") -> "ImageSource":
        """Build the source; a class method.

        Raises:
            UsageError: The model or the data can't give one.
        """
        ...

    def check(self, model: Any, wanted: Mapping[str, int], counts: Mapping[str, int]) -> None:
        """Refuse what can't be made, before images are read; a static method.

        Args:
            model: The fitted model.
            wanted: Images to make of each class.
            counts: Real images of each class.

        Raises:
            UsageError: Says what to do.
        """
        ...


SOURCES: Registry[SourceClass] = Registry("method", "ganaug.synthesis.sources")
register_source = SOURCES.register
# Of a model itself; which of the two it has, is known from the model.
OF_A_MODEL = ("generator", "translator")


def methods() -> list[str]:
    """Return the methods that a user may name, `model` for the model's own."""
    return ["model", *(name for name in SOURCES if name not in (*OF_A_MODEL, "real"))]
