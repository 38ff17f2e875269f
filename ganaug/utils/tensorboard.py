"""A run's curves, read from its TensorBoard files."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Point(NamedTuple):
    """A point of a curve: batch, value, and time of writing in seconds since 1970."""

    step: int
    value: float
    wall_time: float


def read_points(run: Path) -> dict[str, Sequence[Point]]:
    """Return the points of each curve of a run, in order, by the curve's name.

    Args:
        run: Folder of the run. The files of a resumed run form one curve, whose end is replaced by
            the resumed part; a curve of which nothing is left is not returned.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    # The reader warns about every curve that a resumed run rewrites.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # Read all points of curves, and as few images as possible.
    events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 1, "tensors": 1})
    events.Reload()
    return {
        tag: [Point(event.step, event.value, event.wall_time) for event in scalars]
        for tag in events.Tags()["scalars"]
        if (scalars := events.Scalars(tag))
    }
