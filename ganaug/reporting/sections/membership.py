"""Whether the set gives away which images the model was fitted on."""

from collections.abc import Iterator

from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.membership.result import Membership
from ganaug.reporting.blocks import Block, Missing, Section, Table, Text
from ganaug.reporting.formatting import percent
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section

TITLE = "Can training images be told?"


@register_section(order=55)
def membership(inputs: ReportInputs) -> Section:
    """Lay out the attacks, in words and as a table."""
    metrics = inputs.metrics
    if isinstance(metrics, Missing):
        return Section("membership", TITLE, [metrics])
    if metrics.membership is None:
        why = (
            metrics.membership_missing or "an earlier version evaluated this set; evaluate it again"
        )
        return Section("membership", TITLE, [Text(f"Not known: {why}.")])
    return Section("membership", TITLE, [*_blocks(metrics.membership)])


def _blocks(found: Membership) -> Iterator[Block]:
    own = found.distance
    answer = (
        "Yes: the set gives away which images its model was fitted on."
        if found.found
        else "No sign of it: the attack does no better than it would by chance."
    )
    yield Text(
        f"{answer} Someone who has the set guesses that an image was trained on if a synthetic "
        "image is close to it. Shown one training image and one held-out image of the same class, "
        f"they pick the right one in {_auc(own)} of cases; by a coin toss it is 50%. If they may "
        "accuse one in a hundred held-out images wrongly, they recognize "
        f"{percent(own.tpr)} of the training images; by chance it is 1%."
    )
    rows = [_row("all classes", own), *(_row(n, each) for n, each in found.by_class.items())]
    if found.control:
        rows.append(_row("control: validation images in place of the set", found.control))
    if found.discriminator:
        rows.append(_row("by the discriminator, with the checkpoint", found.discriminator))
    yield Table(
        ("Attack", "Right guesses (AUC)", "95% interval", "Recognized at 1% false alarms",
         "Training images", "Held-out images"),
        rows,
        f"Distances are taken in the features {found.features}. An interval above 50% means that "
        "images can be told. That this attack fails is no proof that none succeeds.",
    )  # fmt: skip


def _auc(found: Attack) -> str:
    low, high = found.interval
    return f"{percent(found.auc)} (95% interval {percent(low)} to {percent(high)})"


def _row(name: str, found: Attack) -> list[str]:
    low, high = found.interval
    return [
        name,
        percent(found.auc),
        f"{percent(low)} to {percent(high)}",
        percent(found.tpr),
        f"{found.n:,}",
        f"{found.n_held_out:,}",
    ]
