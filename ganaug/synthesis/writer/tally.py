"""Counts for a set's manifest: images kept, missing, and passed by each filter."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ganaug.synthesis.writer.naming import folder_name
from ganaug.synthesis.writer.pass_rates import TRIED
from ganaug.synthesis.writer.selection import PlannedClass, Selection


class Tally:
    """Counts the images that are kept, missing, and passed by each filter.

    Args:
        class_names: Names of the classes, in the order of the labels.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self.class_names = class_names
        self.counts = {"synthetic": Counter[str](), "real": Counter[str]()}
        self.short: Counter[str] = Counter()
        self.filters: dict[str, Counter[str]] = {}

    def add(self, planned_class: PlannedClass, selection: Selection) -> None:
        """Count a source's images of a class."""
        name = self.class_names[planned_class.label]
        origin = "real" if planned_class.method == "real" else "synthetic"
        self.counts[origin][name] += len(selection.rows)
        self.short[name] += selection.short
        if origin == "synthetic" and selection.tried:
            counter = self.filters.setdefault(name, Counter())
            counter.update({TRIED: selection.tried, **selection.passed})

    def totals(self) -> dict[str, Any]:
        """Return the counts for the manifest."""
        return {
            # Unary + drops classes without images.
            "counts": {origin: dict(+counter) for origin, counter in self.counts.items()},
            "short": dict(+self.short),
            "passed": {name: dict(counter) for name, counter in self.filters.items()},
            "folders": {
                name: folder_name(name)
                for name in self.class_names
                if any(counter[name] for counter in self.counts.values())
            },
            "class_names": list(self.class_names),
            "complete": True,
        }
