"""The curves of a run, out of the files that TensorBoard reads."""

from pathlib import Path

from ganaug.reporting.plots import Line


def read_curves(run: Path) -> dict[str, Line]:
    """Return each curve of a run by its name; none where there are no files.

    Args:
        run: Its folder; files of several sittings make one curve.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    # All points of curves, and of pictures as few as it keeps.
    events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 1, "tensors": 1})
    events.Reload()
    found = {}
    for tag in events.Tags()["scalars"]:
        points = sorted({point.step: point.value for point in events.Scalars(tag)}.items())
        found[tag] = Line(*zip(*points, strict=True))
    return found
