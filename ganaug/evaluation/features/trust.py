"""Decides whether a feature network learned enough for its metrics to be meaningful."""

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.evaluation.metrics.result import Interval, share_interval

# Features are weak if the accuracy's interval reaches below this fraction of the way from chance to
# 100%: a network that distinguishes two flowers in 64% of cases says little about flowers.
WEAK = 0.25


def accuracy_interval(report: TrainingReport) -> Interval:
    """Return the 95% interval of the held-out accuracy."""
    return share_interval(report.held_out_accuracy, report.units)


def is_weak(report: TrainingReport) -> bool:
    """Whether the lower end of the accuracy's interval is hardly better than chance.

    Chance is the accuracy of always predicting the most frequent class.
    """
    return accuracy_interval(report)[0] < report.chance + WEAK * (1 - report.chance)


def weakness(network: object) -> str:
    """Return why metrics in a network's features can't be trusted; empty if they can.

    With a single class, the accuracy is how often the network recognizes which of four rotations
    was applied to an image.

    Args:
        network: A feature network; without a training report it is trusted.

    Example:
        >>> from types import SimpleNamespace
        >>> report = TrainingReport(held_out_accuracy=0.52, chance=0.5, epochs=9, num_images=400)
        >>> reason = weakness(SimpleNamespace(name="domain-labels", report=report))
        >>> reason.split(":")[0]
        'domain-labels learned nothing clear of chance from 400 images'
    """
    report: TrainingReport | None = getattr(network, "report", None)
    if report is None:
        return ""
    if report.beats_chance and not is_weak(report):
        return ""
    of_classes = bool(getattr(network, "logits_mean_classes", True))
    name = getattr(network, "name", "the network")
    if of_classes and report.chance == 1:
        return (
            f"what {name} learned is unknown: all of its {report.held_out:,} held-out images "
            "are of one class; add images of the other classes, from at least two groups if there "
            "are groups"
        )
    low, high = accuracy_interval(report)
    amount = "little" if report.beats_chance else "nothing clear of chance"
    verb = "classifies" if of_classes else "recognizes the rotation of"
    return (
        f"{name} learned {amount} from {report.num_images:,} "
        f"images: of {report.held_out:,} held-out ones it {verb} {report.held_out_accuracy:.0%} "
        f"correctly (95% interval {low:.0%} to {high:.0%}, where chance gives {report.chance:.0%})"
    )
