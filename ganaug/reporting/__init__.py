"""The report: one page that a person opens from disk, with the verdict first."""

from ganaug.reporting.blocks import Missing, Section
from ganaug.reporting.curves import read_curves
from ganaug.reporting.inputs import Materials, Pairs, Side, Walk
from ganaug.reporting.page import GENERATOR, page, write_report

__all__ = [
    "GENERATOR",
    "Materials",
    "Missing",
    "Pairs",
    "Section",
    "Side",
    "Walk",
    "page",
    "read_curves",
    "write_report",
]
