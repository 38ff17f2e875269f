"""Reads the curves of a run as lines to plot."""

from pathlib import Path

from ganaug.reporting.plots import Line
from ganaug.utils.tensorboard import read_points


def read_curves(run: Path) -> dict[str, Line]:
    """Return the curves of a run by name; empty if it has none.

    Args:
        run: The run's folder; all files of a resumed run are joined.
    """
    curves = {}
    for tag, points in read_points(run).items():
        by_batch = sorted({point.step: point.value for point in points}.items())
        curves[tag] = Line(*zip(*by_batch, strict=True))
    return curves
