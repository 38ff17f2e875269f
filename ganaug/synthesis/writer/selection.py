"""Selecting the images to keep, and the blocks that still have to be made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ganaug.synthesis.sources.base import BLOCK
from ganaug.synthesis.writer.journal import Entry, Place, Row, Unit
from ganaug.synthesis.writer.pass_rates import COMPARED

# Lowest pass rate assumed for planning, which bounds the number of blocks in a round.
_LEAST_RATE = 0.05


@dataclass(frozen=True)
class PlannedClass:
    """Number of images of a class that a source will make.

    Attributes:
        method: Name of the source's method.
        label: Index of the class.
        wanted: Number of images.
        most: Largest number of images that can be made; None if there is no limit.
        block_size: Images per block of the source.
    """

    method: str
    label: int
    wanted: int
    most: int | None
    block_size: int = BLOCK


@dataclass(frozen=True)
class Selection:
    """The images kept of a class and source: the first that passed, by index.

    All counts end with the block that completed the class, so they don't depend on the number of
    processes or on blocks made in advance.

    Attributes:
        rows: Rows of the images kept.
        tried: Images made for them.
        blocks: Number of blocks in which they were made.
        passed: Number of images that passed each filter; under COMPARED, the number that the last
            filter, `duplicates`, compared.
        short: Number of missing images.
    """

    rows: Sequence[Row]
    tried: int
    blocks: int
    passed: Mapping[str, int]
    short: int


class Selector:
    """Selects among the images made, regardless of the order in which they were made.

    Args:
        max_attempts: Largest number of images to make for each one wanted.
        apart: Images whose sketches are closer than this are duplicates; None keeps duplicates.
    """

    def __init__(self, *, max_attempts: int, apart: float | None = None) -> None:
        self.max_attempts, self.apart = max_attempts, apart

    def most(self, planned_class: PlannedClass) -> int:
        """Return the largest number of images that may be made for a planned class."""
        images = planned_class.wanted * self.max_attempts
        return images if planned_class.most is None else min(images, planned_class.most)

    def select(self, planned_class: PlannedClass, blocks: Mapping[int, Place]) -> Selection:
        """Select from the finished blocks before the first gap, up to the most images allowed."""
        kept_rows: list[Row] = []
        sketches: list[np.ndarray] = []
        num_tried, block = 0, 0
        passed: dict[str, int] = {}
        max_images = self.most(planned_class)
        while len(kept_rows) < planned_class.wanted and num_tried < max_images and block in blocks:
            entry = blocks[block].read()
            num_tried += entry.tried
            for name, count in entry.passed.items():
                passed[name] = passed.get(name, 0) + count
            fresh = self._fresh(entry, sketches, passed)
            kept_rows += fresh[: planned_class.wanted - len(kept_rows)]
            block += 1
        return Selection(kept_rows, num_tried, block, passed, planned_class.wanted - len(kept_rows))

    def next_units(self, planned_class: PlannedClass, blocks: Mapping[int, Place]) -> list[Unit]:
        """Return the units to make now: gaps first, then as many as the pass rate suggests."""
        selection = self.select(planned_class, blocks)
        images_left = self.most(planned_class) - selection.tried
        if not selection.short or images_left <= 0:
            return []
        rate, size = 1.0, float(planned_class.block_size)
        if selection.tried:
            rate = len(selection.rows) / selection.tried
            # A user's source may make blocks that aren't full.
            size = selection.tried / selection.blocks
        num_blocks = max(1, math.ceil(selection.short / max(rate, _LEAST_RATE) / size))
        first = selection.blocks
        block_range = range(first, first + min(num_blocks, math.ceil(images_left / size)))
        return [
            Unit(planned_class.method, planned_class.label, block)
            for block in block_range
            if block not in blocks
        ]

    def _fresh(self, entry: Entry, sketches: list[np.ndarray], passed: dict[str, int]) -> list[Row]:
        """Return an entry's rows without duplicates of earlier ones."""
        # Real images have no sketches and are all kept.
        if self.apart is None or len(entry.sketches) < len(entry.rows):
            return list(entry.rows)
        fresh, new_sketches = [], np.asarray(entry.sketches, dtype=np.float32)
        earlier = np.asarray(sketches, dtype=np.float32)
        for row, sketch in zip(entry.rows, new_sketches, strict=True):
            groups = [earlier, np.asarray(sketches[len(earlier) :], dtype=np.float32)]
            if any(self._close(group, sketch) for group in groups):
                continue
            sketches.append(sketch)
            fresh.append(row)
        for name, count in (("duplicates", len(fresh)), (COMPARED, len(entry.rows))):
            passed[name] = passed.get(name, 0) + count
        return fresh

    def _close(self, vectors: np.ndarray, sketch: np.ndarray) -> bool:
        if self.apart is None or not len(vectors):
            return False
        return bool(np.square(vectors - sketch).sum(axis=1).min() < self.apart**2)
