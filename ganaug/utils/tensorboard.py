"""A run's curves, out of the files that TensorBoard reads."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Point(NamedTuple):
    """A point of a curve: batch, value, and when it was drawn in seconds since 1970."""

    step: int
    value: float
    wall_time: float


def read_points(run: Path) -> dict[str, Sequence[Point]]:
    """Return all points of each curve of a run by its name, in order; none without files.

    Args:
        run: Its folder; files of several sittings make one curve, of which a resumed run draws the
            end anew.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    # It tells of every curve that a resumed run draws anew.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # All points of curves, and of pictures as few as it keeps.
    events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 1, "tensors": 1})
    events.Reload()
    return {
        tag: [Point(event.step, event.value, event.wall_time) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
