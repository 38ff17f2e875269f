"""Generating the tables and printed output in README and docs from the store.

A page holds them between `<!-- results: NAME -->` and `<!-- /results -->`. The layout of NAME is a
Jinja block in `docs/results/layouts.jinja`, which calls `value`, `ends`, `spread`, `text` and
`metrics`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from benchmarks.store import STORE, Measurement, latest, read_all
from ganaug.models.registry import ROOT
from ganaug.utils.errors import UsageError, did_you_mean

LAYOUTS = STORE / "layouts.jinja"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MARKED = re.compile(
    r"^(<!-- results: (\w+) -->\n).*?^(<!-- /results -->)$", re.DOTALL | re.MULTILINE
)


def tables(store: str | None = None) -> str:
    """Regenerate the tables and printed output in README and docs from the stored results.

    Args:
        store: folder of stored results; by default docs/results
    """
    results = latest(read_all(Path(store) if store else STORE))
    changed = []
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = filled(old, results)
        if new != old:
            page.write_text(new, encoding="utf-8")
            changed.append(str(page.relative_to(ROOT)))
    return f"changed: {', '.join(changed) or 'nothing'}"


def filled(page: str, results: Mapping[tuple[str, str], Measurement]) -> str:
    """Return a page with the text between its marks regenerated."""
    return MARKED.sub(lambda mark: mark[1] + Layout(mark[2], results).text() + mark[3], page)


@cache
def read_layouts() -> Template:
    """Return the template of all layouts, with a block for each.

    Raises:
        UsageError: The file isn't a valid template.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(LAYOUTS.read_text(encoding="utf-8"))
    except TemplateError as error:
        raise UsageError(f"{LAYOUTS} can't be read: {error}") from error


class Layout:
    """A layout, filled with results.

    Args:
        name: Name of the block.
        results: Newest results by study and metric.
    """

    def __init__(self, name: str, results: Mapping[tuple[str, str], Measurement]) -> None:
        self.name, self.results = name, results
        self.used_results: dict[tuple[str, str], Measurement] = {}

    def text(self) -> str:
        """Return the table with a footnote of dates and machines.

        Raises:
            UsageError: There is no such layout, it isn't a valid template, or a result is missing.
        """
        layouts = read_layouts()
        if self.name not in layouts.blocks:
            hint = did_you_mean(self.name, layouts.blocks)
            raise UsageError(f"{LAYOUTS} has no block {self.name!r}{hint}")
        functions = {
            "value": self.value,
            "ends": self.ends,
            "spread": self.spread,
            "text": lambda *key: self.result(*key).text,
            "metrics": lambda study: [metric for name, metric in self.results if name == study],
        }
        try:
            content = "".join(layouts.blocks[self.name](layouts.new_context(functions)))
        except TemplateError as error:
            raise UsageError(f"{LAYOUTS}, block {self.name!r}: {error}") from error
        return f"{content.strip()}\n\n<sub>Measured {origins(self.used_results.values())}.</sub>\n"

    def result(self, study: str, metric: str) -> Measurement:
        """Return a result, and record that it was used."""
        if (study, metric) not in self.results:
            raise UsageError(
                f"layout {self.name!r} shows {metric!r} of {study!r}, which is not in the store; "
                f"measure it with `python tools/benchmark.py --models {study}`"
            )
        result = self.used_results[study, metric] = self.results[study, metric]
        return result

    def value(self, study: str, metric: str, form: str = "") -> str:
        """Format a result: `98.6%`."""
        value = self.result(study, metric).value
        return f"{number(value, form)}{'%' if '%' in metric else ''}"

    def ends(self, study: str, metric: str, form: str = "") -> str:
        """Return a result's range or interval: `98.2 to 98.8%`."""
        result = self.result(study, metric)
        ends = " to ".join(number(end, form) for end in result.range or result.interval or ())
        return f"{ends}{'%' if ends and '%' in metric else ''}"

    def spread(self, study: str, metric: str, form: str = "") -> str:
        """Return a result with its range or interval, if it has one: `98.6% (98.2 to 98.8%)`."""
        ends = self.ends(study, metric, form)
        return f"{self.value(study, metric, form)}{f' ({ends})' if ends else ''}"


def number(value: float | None, form: str = "") -> str:
    """Return a number in a format, by default three significant digits.

    Example:
        >>> number(0.26449), number(1630.4), number(100.0), number(0.5, "+.2f")
        ('0.264', '1,630', '100', '+0.50')
    """
    if value is None:
        return "not finite"
    if not form and abs(value) >= 1000:
        form = ",.0f"
    return format(value, form) if form else format(Decimal(f"{value:.3g}"), "f")


def origins(results: Iterable[Measurement]) -> str:
    """Return the dates and machines of results as text.

    Example:
        >>> origins([Measurement("vae", "kl nats", 1, date="2026-11-28", processor="M4", cores=2)])
        '2026-11-28 on 2 cores of M4'
    """
    dates: dict[str, set[str]] = {}
    for result in results:
        dates.setdefault(_machine(result), set()).add(result.date or "on an unknown day")
    return "; ".join(
        f"{' to '.join(dict.fromkeys((min(days), max(days))))} on {machine}"
        for machine, days in sorted(dates.items())
    )


def _machine(result: Measurement) -> str:
    sets = f" ({', '.join(result.instructions)})" if result.instructions else ""
    cores = {None: "", 1: "1 core of "}.get(result.cores, f"{result.cores} cores of ")
    return f"{cores}{result.processor or 'an unnamed processor'}{sets}"
