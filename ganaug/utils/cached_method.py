"""cached_method: cache the results of a method for the lifetime of its object."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def cached_method(
    method: Callable[Concatenate[Any, Given], Result],
) -> Callable[Concatenate[Any, Given], Result]:
    """Return a method that caches its results, by arguments, in its object.

    `functools.cache` would keep the object, and its images, until the process ends.

    Args:
        method: The method; its arguments must be hashable.

    Example:
        >>> class Squares:
        ...     @cached_method
        ...     def of(self, number: int) -> int:
        ...         print("computed")
        ...         return number**2
        >>> squares = Squares()
        >>> squares.of(3), squares.of(3)
        computed
        (9, 9)
    """

    @wraps(method)
    def cached(self: Any, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        results = vars(self).setdefault(f"_results_of_{method.__name__}", {})
        key = args, tuple(sorted(kwargs.items()))
        if key not in results:
            results[key] = method(self, *args, **kwargs)
        return results[key]

    return cached
