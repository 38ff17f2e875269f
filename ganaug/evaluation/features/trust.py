"""Decides whether a feature network learned enough for its metrics to be meaningful."""

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.evaluation.metrics.result import Interval, share_interval

# Features are weak if the interval of the accuracy reaches below this share of the way from chance
# to perfect: a network that tells two flowers apart in 64% of cases says little about flowers.
WEAK = 0.25


def accuracy_interval(report: TrainingReport) -> Interval:
    """Return the 95% interval of the held-out accuracy."""
    return share_interval(report.held_out_accuracy, report.units)


def is_weak(report: TrainingReport) -> bool:
    """Whether a network may be hardly better than chance, by the lower end of the interval.

    Chance is the accuracy of always predicting the most frequent class.
    """
    return accuracy_interval(report)[0] < report.chance + WEAK * (1 - report.chance)


def weakness(network: object) -> str:
    """Say why metrics in a network's features can't be trusted; empty if they can.

    With a single class, the network learned rotations, and its accuracy is how often it recognizes
    which of four was applied to an image.

    Args:
        network: A feature network; it is trusted without a report of its training.

    Example:
        >>> from types import SimpleNamespace
        >>> report = TrainingReport(held_out_accuracy=0.52, chance=0.5, epochs=9, num_images=400)
        >>> said = weakness(SimpleNamespace(name="domain-labels", report=report))
        >>> said.split(":")[0]
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
            f"what {name} learned can't be told: all of its {report.held_out:,} held-out images "
            "are of one class; add images of the others, from two groups at least if there are "
            "groups"
        )
    low, high = accuracy_interval(report)
    much = "little" if report.beats_chance else "nothing clear of chance"
    what = "names" if of_classes else "tells the rotation of"
    return (
        f"{name} learned {much} from {report.num_images:,} "
        f"images: of {report.held_out:,} held-out ones it {what} {report.held_out_accuracy:.0%} "
        f"right (95% interval {low:.0%} to {high:.0%}, where chance gives {report.chance:.0%})"
    )
