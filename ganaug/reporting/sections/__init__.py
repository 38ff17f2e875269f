"""The sections of a report, in the order of the page; a new one is a file here and a line below."""

from ganaug.reporting.sections import (
    classes,
    copies,
    curves,
    fidelity,
    images,
    numbers,
    provenance,
    utility,
    verdict,
    walks,
)

SECTIONS = (
    verdict.section,
    images.section,
    utility.section,
    fidelity.section,
    classes.section,
    copies.section,
    walks.section,
    curves.section,
    provenance.section,
    numbers.section,
)

__all__ = ["SECTIONS"]
