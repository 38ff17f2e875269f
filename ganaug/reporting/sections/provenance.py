"""The provenance of the set: the plan, the filters, the model and the data."""

from ganaug.reporting.blocks import Block, Details, Section, Table, Text
from ganaug.reporting.estimates import flat
from ganaug.reporting.formatting import NOTHING
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section
from ganaug.synthesis.writer.pass_rates import filters_in, pass_rate

# Long groups of facts, which another table shows or which are left out.
LEFT_OUT = ("counts.", "passed.", "short.", "folders.", "class_names", "card.class_")

INTENDED_USE = (
    "The set is for training, together with real images. A score on synthetic images says nothing "
    "about real ones: keep real images for testing. No check can rule out copies with certainty, "
    "so if privacy matters, treat the set like the training images themselves."
)


@register_section(order=80)
def provenance(inputs: ReportInputs) -> Section:
    """Return the section with the plan by class, and all facts of the manifest."""
    count = len(inputs.class_names)
    title = f"The plan: {count:,} {'class' if count == 1 else 'classes'}"
    blocks: list[Block] = [Details(title, [_plan(inputs)]), _facts(inputs), Text(INTENDED_USE)]
    return Section("provenance", "Plan and provenance", blocks)


def _plan(inputs: ReportInputs) -> Table:
    passed, short = inputs.manifest.get("passed", {}), inputs.manifest.get("short", {})
    filters = filters_in(passed)
    rows = []
    for name, synthetic in inputs.synthetic_counts.items():
        counts, real = passed.get(name, {}), inputs.real_counts[name]
        share = f"{synthetic / (synthetic + real):.0%}" if synthetic + real else NOTHING
        rates = [_percent(pass_rate(counts, filter_name)) for filter_name in filters]
        missing = f"{int(short.get(name, 0)):,}"
        rows.append([name, f"{real:,}", f"{synthetic:,}", share, missing, *rates])
    heads = [f"Passed {name}" for name in filters]
    return Table(
        ("Class", "Real training images", "Synthetic images", "Synthetic share", "Missing", *heads),
        rows,
        "Real images for training, and synthetic images of the set. The share of synthetic images "
        "should be the same in every class: otherwise a classifier can learn that images that look "
        "synthetic belong to the classes with a larger share."
        + (" Filters reject images; the columns show the share that passed." if filters else ""),
    )


def _percent(rate: float | None) -> str:
    return NOTHING if rate is None else f"{rate:.1%}"


def _facts(inputs: ReportInputs) -> Table:
    rows = [[path, value] for path, value in flat(inputs.manifest) if not path.startswith(LEFT_OUT)]
    if inputs.made_elsewhere:
        return Table(
            ("Key", "Value"), rows, "What is known about the set, which another program made."
        )
    return Table(
        ("Key", "Value"),
        rows,
        "Everything that determines the images, from manifest.json. The checkpoint with this "
        "SHA-256 and this seed generates the same images again; synthesize can verify the files.",
        words=(1,),
    )
