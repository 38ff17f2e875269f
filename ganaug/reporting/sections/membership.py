"""Whether the set reveals which images the model was fitted on."""

from collections.abc import Iterator

from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.membership.result import Membership
from ganaug.reporting.blocks import Block, Missing, Section, Table, Text
from ganaug.reporting.formatting import NOTHING, listed, percent
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section

TITLE = "Can training images be identified?"


@register_section(order=55)
def membership(inputs: ReportInputs) -> Section:
    """Return the section with the attacks, in words and as a table."""
    metrics = inputs.metrics
    if isinstance(metrics, Missing):
        return Section("membership", TITLE, [metrics])
    if metrics.membership is None:
        reason = (
            metrics.membership_missing or "an earlier version evaluated this set; evaluate it again"
        )
        return Section("membership", TITLE, [Text(f"Not known: {reason}.")])
    return Section("membership", TITLE, [*_blocks(metrics.membership)])


def _blocks(result: Membership) -> Iterator[Block]:
    attack = result.distance
    yield Text(
        f"{_answer(result)} An attacker with the set guesses that an image was trained "
        "on if a synthetic image is close to it. Given a training image and a held-out image of "
        f"the same class, the attacker picks the training image in {_auc(attack)} of cases; by "
        f"chance it is 50%. {_at_one_in_100(attack)}"
    )
    rows = [
        _row("all classes", attack),
        *(_row(n, class_attack) for n, class_attack in result.by_class.items()),
    ]
    if result.control:
        rows.append(_row("control: validation images in place of the set", result.control))
    if result.discriminator:
        rows.append(_row("by the discriminator, with the checkpoint", result.discriminator))
    yield Table(
        ("Attack", "Right guesses (AUC)", "95% interval", "Recognized at 1% false alarms",
         "Training images", "Held-out images"),
        rows,
        f"Distances are measured in the features {result.features}. An interval above 50% is "
        "better than chance; intervals of classes are not corrected for their number. The control "
        "shows what images achieve that reveal nothing. If this attack fails, another one may "
        "still succeed.",
    )  # fmt: skip


def _answer(result: Membership) -> str:
    """Return whether training images are recognized: overall, by class, or with the checkpoint."""
    attack, discriminator = result.distance, result.discriminator
    if result.found:
        return "Yes: the set reveals which images its model was fitted on."
    if names := result.recognized_classes:
        return (
            f"Overall not recognized, but in single classes: {listed(names)}. The set reveals "
            "which of their images were trained on."
        )
    if discriminator and discriminator.tells:
        return (
            "Only with the checkpoint: its discriminator picks the training image in "
            f"{_auc(discriminator)} of cases. Share the set without the checkpoint."
        )
    if attack.tells:
        return (
            "Not clear: the attack is better than chance, but no better than with real validation "
            "images in place of the set, which reveal nothing. Training and held-out images may "
            "differ in other ways."
        )
    images = f"{attack.n:,} training and {attack.n_held_out:,} held-out images"
    if attack.noticeable is None:
        return f"Not recognized, with {images}; small differences may go unnoticed."
    return (
        f"Not recognized. With {images}, the attack notices an AUC of {percent(attack.noticeable)} "
        "four times in five; less may go unnoticed."
    )


def _at_one_in_100(attack: Attack) -> str:
    if attack.tpr is None:
        return f"How many are recognized at 1% false positives is unknown: it {attack.tpr_missing}."
    return (
        "At 1% false positives among held-out images, the attacker recognizes "
        f"{percent(attack.tpr)} of the training images; by chance it is 1%."
    )


def _auc(attack: Attack) -> str:
    low, high = attack.interval
    return f"{percent(attack.auc)} (95% interval {percent(low)} to {percent(high)})"


def _row(name: str, attack: Attack) -> list[str]:
    low, high = attack.interval
    return [
        name,
        percent(attack.auc),
        f"{percent(low)} to {percent(high)}",
        NOTHING if attack.tpr is None else percent(attack.tpr),
        f"{attack.n:,}",
        f"{attack.n_held_out:,}",
    ]
