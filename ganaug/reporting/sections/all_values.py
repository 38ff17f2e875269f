"""All values of the evaluation and the study, for reference."""

from ganaug.evaluation.result import Evaluation
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.estimates import flat
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section


@register_section(order=100)
def all_values(inputs: ReportInputs) -> Section:
    """Return the section with a collapsed table of each file."""
    blocks: list[Block] = [
        Text("All values, as in the files. The JSON file next to this page has them too.")
    ]
    for name, content in (("metrics.json", inputs.metrics), ("utility.json", inputs.study)):
        if isinstance(content, Missing):
            blocks.append(content)
            continue
        plain = content.to_dict() if isinstance(content, Evaluation) else content
        rows = [[path, value] for path, value in flat(plain)]
        table = Table(("Key", "Value"), rows, f"All of {name}.", words=(1,))
        blocks.append(Details(f"{name}: {len(rows):,} values", [table]))
    return Section("values", "All values", blocks)
