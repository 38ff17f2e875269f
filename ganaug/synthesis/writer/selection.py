"""Which of the images made are kept, and which blocks are still to be made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ganaug.synthesis.sources.base import BLOCK
from ganaug.synthesis.writer.journal import Entry, Place, Row, Unit
from ganaug.synthesis.writer.pass_rates import COMPARED

# A first guess for the share that passes, and the least that is reckoned with: it bounds a round.
_LEAST_RATE = 0.05


@dataclass(frozen=True)
class PlannedClass:
    """How many images of a class a source is to make.

    Attributes:
        method: Its name.
        label: Index of the class.
        wanted: Images.
        most: Images that can be made at all, None where there is no end.
        block_size: Images in a block of the source.
    """

    method: str
    label: int
    wanted: int
    most: int | None
    block_size: int = BLOCK


@dataclass(frozen=True)
class Selection:
    """What is kept of a class by a source, the first that passed, in order of their index.

    All figures are of the blocks up to the one where the planned_class was met, so that they do not
    depend on how far ahead blocks were made, by how many processes.

    Attributes:
        rows: Those kept.
        tried: Images made for them.
        passed: By filter, how many passed it; under COMPARED, how many `duplicates`, the last one,
            looked at.
        short: How many are missing.
    """

    rows: Sequence[Row]
    tried: int
    passed: Mapping[str, int]
    short: int


class Selector:
    """Chooses among what was made, the same whatever the order in which it was made.

    Args:
        max_attempts: Images made at most for each one wanted.
        apart: Sketches nearer than this are of duplicates; None looks for none.
    """

    def __init__(self, *, max_attempts: int, apart: float | None = None) -> None:
        self.max_attempts, self.apart = max_attempts, apart

    def blocks(self, planned_class: PlannedClass) -> int:
        """Return how many blocks may be made at most for a planned_class."""
        images = planned_class.wanted * self.max_attempts
        return math.ceil(
            (images if planned_class.most is None else min(images, planned_class.most))
            / planned_class.block_size
        )

    def select(self, planned_class: PlannedClass, found: Mapping[int, Place]) -> Selection:
        """Choose from the blocks that are there without a gap, from the first one on."""
        kept: list[Row] = []
        sketches: list[np.ndarray] = []
        tried, block = 0, 0
        passed: dict[str, int] = {}
        while len(kept) < planned_class.wanted and block in found:
            entry = found[block].read()
            tried += entry.tried
            for name, count in entry.passed.items():
                passed[name] = passed.get(name, 0) + count
            fresh = self._fresh(entry, sketches, passed)
            kept += fresh[: planned_class.wanted - len(kept)]
            block += 1
        return Selection(kept, tried, passed, planned_class.wanted - len(kept))

    def next_units(self, planned_class: PlannedClass, found: Mapping[int, Place]) -> list[Unit]:
        """Return the units to make now: gaps first, then as many as the shortfall seems to take."""
        most = self.blocks(planned_class)
        selection = self.select(planned_class, found)
        if not selection.short:
            return []
        rate = len(selection.rows) / selection.tried if selection.tried else 1.0
        ahead = math.ceil(selection.short / max(rate, _LEAST_RATE) / planned_class.block_size)
        done = math.ceil(selection.tried / planned_class.block_size)
        wanted = range(done, min(done + max(ahead, 1), most))
        return [
            Unit(planned_class.method, planned_class.label, block)
            for block in wanted
            if block not in found
        ]

    def _fresh(self, entry: Entry, sketches: list[np.ndarray], passed: dict[str, int]) -> list[Row]:
        """Return an entry's rows without those that look like one before them."""
        # Real images are kept as they are, without sketches.
        if self.apart is None or len(entry.sketches) < len(entry.rows):
            return list(entry.rows)
        fresh, own = [], np.asarray(entry.sketches, dtype=np.float32)
        before = np.asarray(sketches, dtype=np.float32)
        for row, sketch in zip(entry.rows, own, strict=True):
            others = [before, np.asarray(sketches[len(before) :], dtype=np.float32)]
            if any(self._close(each, sketch) for each in others):
                continue
            sketches.append(sketch)
            fresh.append(row)
        for name, count in (("duplicates", len(fresh)), (COMPARED, len(entry.rows))):
            passed[name] = passed.get(name, 0) + count
        return fresh

    def _close(self, others: np.ndarray, sketch: np.ndarray) -> bool:
        if self.apart is None or not len(others):
            return False
        return bool(np.square(others - sketch).sum(axis=1).min() < self.apart**2)
