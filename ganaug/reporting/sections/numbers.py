"""Every number of the evaluation and of the study, for who wants to look one up."""

from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.figures import flat
from ganaug.reporting.inputs import Materials


def section(materials: Materials) -> Section:
    """Fold away a table of each file."""
    blocks: list[Block] = [
        Text("As the tools wrote them. The same for a program is in the file beside this page.")
    ]
    for name, found in (("metrics.json", materials.metrics), ("utility.json", materials.study)):
        if isinstance(found, Missing):
            blocks.append(found)
            continue
        rows = [[path, value] for path, value in flat(found)]
        table = Table(("place", "value"), rows, f"All of {name}.", words=(1,))
        blocks.append(Details(f"{name}: {len(rows):,} values", [table]))
    return Section("numbers", "Every number", blocks)
