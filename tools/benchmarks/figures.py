"""Finding measured figures in the text of pages that no stored result supports.

A measured figure is a number in digits that has decimals, a percent sign or a unit of time, memory
or score, that follows `±`, or that counts cases (`16 of 17`, `1 in 100`, `3 to 5`). Code blocks in
a named language, inline code, links, values of options and text generated between result marks are
ignored. A section names the studies of its figures: `<!-- from: utility_digits, utility_flowers
-->`. Figures that were not measured here are listed in `docs/results/not_measured.yaml`, by reason
and page.
"""

import re
from collections.abc import Iterator, Sequence

from benchmarks.store import Measurement

NUMBER = r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?"
UNIT = (
    r"(?: ?%| ?(?:ms|s|min|h|[kMGT]i?B|images/s|nats)\b|[ -](?:(?:milli)?seconds?|minutes?|hours?|"
    r"days?|points?|percent|times|images (?:a|per) second)\b)"
)
FIGURE = re.compile(
    rf"(?<![\w.,/#-])(?:{NUMBER}{UNIT}?(?: to | of | in |\u2013){NUMBER}{UNIT}?|{NUMBER}{UNIT}"
    rf"|± ?{NUMBER}|[-+]?\d+\.\d+)(?!\.?\d)"
)
UNREAD = re.compile(
    r"<!-- results: .*?<!-- /results -->|<!--(?! from: ).*?-->|^```\w.*?^```$|^```$|`[^`]+`"
    r"|(?<=\])\([^)]*\)|<(?!!--)[^>]*>|(?<= --)\S+[ =]\S+",
    re.DOTALL | re.MULTILINE,
)
FROM = re.compile(r"^<!-- from: (.+?) -->$", re.MULTILINE)


def unsupported_figures(
    page: str, results: Sequence[Measurement], not_measured: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the measured figures of a page that the studies of their sections do not contain.

    Args:
        page: Text of a page in Markdown.
        results: Results in the store.
        not_measured: Phrases whose figures were not measured.
    """
    for section in re.split(r"^(?=#+ )", UNREAD.sub(" ", page), flags=re.MULTILINE):
        studies = {name for names in FROM.findall(section) for name in names.split(", ")}
        section_results = [result for result in results if result.study in studies]
        text = " ".join(FROM.sub(" ", section).split())
        for phrase in not_measured:
            text = text.replace(phrase, "")
        for figure in FIGURE.findall(text):
            percent = "%" in figure or "percent" in figure
            if not all(
                holds(section_results, number, percent) for number in re.findall(NUMBER, figure)
            ):
                yield figure


def holds(results: Sequence[Measurement], text: str, percent: bool) -> bool:
    """Return whether a result contains a number, rounded as in the text.

    Example:
        >>> result = Measurement("vae", "kl nats", 25.84, range=[25.1, 26.0])
        >>> holds([result], "25.8", percent=False), holds([result], "25.9", percent=False)
        (True, False)
    """
    digits = len(text.partition(".")[2])
    target = float(text.replace(",", ""))
    # Halves may be rounded up or down.
    return any(
        abs(value - target) <= 0.5 * 10**-digits + 1e-9
        for result in results
        for value in numbers(result, percent)
    )


def numbers(result: Measurement, percent: bool) -> Iterator[float]:
    """Yield the numbers of a result, either its percentages or the rest."""
    if percent == ("%" in result.metric):
        yield from result.range or ()
        yield from result.interval or ()
        if result.value is not None:
            yield result.value
    for number, unit in re.findall(rf"({NUMBER})(%?)", result.text):
        if percent == bool(unit):
            yield float(number.replace(",", ""))
