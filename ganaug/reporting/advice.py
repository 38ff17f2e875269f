"""advise: the public function, which searches and writes the report of the result."""

from functools import wraps
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.advice.advise import advise as search

if TYPE_CHECKING:
    from ganaug.evaluation.advice.result import Advice


# Defined here, because `evaluation` must not import `reporting`.
@wraps(search)
def advise(*args: Any, **settings: Any) -> "Advice":
    """Call `evaluation.advice.advise.advise`, then write the report next to the results."""
    advice = search(*args, **settings)
    write_advice_page(advice)
    return advice


def write_advice_page(advice: "Advice") -> None:
    """Write the page of an advice, `report.html`, to its folder.

    Args:
        advice: The advice, in a folder.

    Raises:
        UsageError: The file can't be written.
    """
    from ganaug.evaluation.advice.output.words import in_words
    from ganaug.evaluation.advice.result import REPORT
    from ganaug.reporting.advice_page import advice_page
    from ganaug.utils.atomic_files import atomic_open_or_refuse

    assert advice.folder is not None, "a search writes its advice to a folder"
    text = advice_page(advice, in_words(advice.recommended))
    with atomic_open_or_refuse(advice.folder / REPORT) as file:
        file.write(text.encode(errors="backslashreplace"))
