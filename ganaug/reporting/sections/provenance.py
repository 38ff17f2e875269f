"""Where the set comes from: the plan, the filters, the model and the data."""

from ganaug.reporting.blocks import Block, Details, Section, Table, Text
from ganaug.reporting.estimates import flat
from ganaug.reporting.formatting import NOTHING
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section
from ganaug.synthesis.writer.pass_rates import filters_in, pass_rate

# Long groups, shown in their own table or not at all.
LEFT_OUT = ("counts.", "passed.", "short.", "folders.", "class_names", "card.class_")

INTENDED_USE = (
    "The set is for training, together with real images. A score on synthetic images says nothing "
    "about real ones: keep real images apart to test on. No check rules out copies for certain, so "
    "where privacy matters, treat the set like the training images themselves."
)


@register_section(order=80)
def provenance(inputs: ReportInputs) -> Section:
    """Lay out the plan by class, then every fact of the manifest."""
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
        rates = [_percent(pass_rate(counts, one)) for one in filters]
        missing = f"{int(short.get(name, 0)):,}"
        rows.append([name, f"{real:,}", f"{synthetic:,}", share, missing, *rates])
    heads = [f"Passed {name}" for name in filters]
    return Table(
        ("Class", "Real training images", "Synthetic images", "Synthetic share", "Missing", *heads),
        rows,
        "Real images for training, and synthetic images of the set. The share of "
        "synthetic images should be the same in every class: otherwise a classifier can learn that "
        "whatever looks synthetic belongs to the class that has more of it."
        + (" Filters reject images; the columns show the share that passed." if filters else ""),
    )


def _percent(rate: float | None) -> str:
    return NOTHING if rate is None else f"{rate:.1%}"


def _facts(inputs: ReportInputs) -> Table:
    rows = [[path, value] for path, value in flat(inputs.manifest) if not path.startswith(LEFT_OUT)]
    if inputs.made_elsewhere:
        return Table(("Key", "Value"), rows, "What is known of the set. Another program made it.")
    return Table(
        ("Key", "Value"),
        rows,
        "Everything that determines the images, from manifest.json. The checkpoint with this "
        "SHA-256 and this seed generates the same images again; synthesize can verify the files.",
        words=(1,),
    )
