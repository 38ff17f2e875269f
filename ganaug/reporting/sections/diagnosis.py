"""Checks of the set's files, which come before the quality of its images."""

from ganaug.reporting.blocks import Block, Section, Table, Text
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section

ANSWERS = {True: "yes", False: "no", None: "not known"}


@register_section(order=5)
def diagnosis(inputs: ReportInputs) -> Section:
    """Return the section with the results of the checks."""
    rows = [[check.name, ANSWERS[check.passed], check.words] for check in inputs.checks]
    blocks: list[Block] = [Text("Nothing is known about the set's files.")]
    if rows:
        blocks = [
            Table(
                ("The set is", "Result", "Details"),
                rows,
                "Checks of the files and their names, and for real images among them. Images look "
                "alike if they appear to be resized or re-encoded copies according to a perceptual "
                "hash; some real images do by chance.",
                words=(1, 2),
            )
        ]
    return Section("diagnosis", "Is it sound?", blocks)
