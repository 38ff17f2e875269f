"""The curves of a run, as lines to plot."""

from pathlib import Path

from ganaug.reporting.plots import Line
from ganaug.utils.tensorboard import read_points


def read_curves(run: Path) -> dict[str, Line]:
    """Return each curve of a run by its name; none where there are no files.

    Args:
        run: Its folder; files of several sittings make one curve.
    """
    found = {}
    for tag, points in read_points(run).items():
        by_batch = sorted({point.step: point.value for point in points}.items())
        found[tag] = Line(*zip(*by_batch, strict=True))
    return found
