"""Whether images are copies: the closest pairs, and distances to training images."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from ganaug.evaluation.memorization.result import Memorization
from ganaug.evaluation.result import Evaluation
from ganaug.reporting.blocks import Block, Cards, Chart, Charts, Missing, Section, Text
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import percent, percent_range
from ganaug.reporting.inputs import Pairs, ReportInputs
from ganaug.reporting.pictures import strip
from ganaug.reporting.plots import Line, plot
from ganaug.reporting.sections import register_section
from ganaug.reporting.warnings import expected

# The highest percentiles are single outliers, which would compress everything else.
SHOWN_UP_TO = 99


@register_section(order=50)
def memorization(inputs: ReportInputs) -> Section:
    """Return the section with the share of copies, the closest pairs and the distances."""
    title, metrics = "Are images copied?", inputs.metrics
    if isinstance(metrics, Missing):
        return Section("memorization", title, [metrics])
    if not metrics.memorization:
        reason = metrics.memorization_missing or "too few real images were held out"
        return Section("memorization", title, [Text(f"Copies could not be detected: {reason}.")])
    return Section("memorization", title, [*_blocks(metrics, metrics.memorization, inputs.pairs)])


def _blocks(metrics: Evaluation, result: Memorization, pairs: Pairs | Missing) -> Iterator[Block]:
    if copies := Estimate.of(metrics["memorized"]):
        interval = f" (95% interval {percent_range(copies)})" if copies.interval else ""
        # Files of earlier versions don't name the network.
        features = f", measured by {result.features}" if result.features else ""
        yield Text(
            f"{percent(copies.value)}{interval} of {result.n:,} synthetic images are closer to a "
            f"training image than the 1% quantile of the distances of {result.n_held_out:,} "
            f"held-out real images{features}. Without memorization: {expected(result)}."
        )
    if result.weak_features:
        yield Text(f"More copies may have been missed: {result.weak_features}.")
    yield pairs if isinstance(pairs, Missing) else _closest(pairs, result.threshold)
    if metrics.distances:
        yield Charts([_distances(metrics.distances, result.threshold)])


def _closest(pairs: Pairs, threshold: float) -> Cards:
    cards = [
        strip(
            torch.stack([synthetic, real]),
            f"a synthetic image of class {name} and its nearest training image",
            f"{name} · {distance:.2f}{' · copy' if copy else ''}",
        )
        for synthetic, real, name, distance, copy in zip(
            pairs.synthetic, pairs.real, pairs.names, pairs.distances, pairs.copies, strict=True
        )
    ]
    return Cards(
        cards,
        "The closest pairs in the set: a synthetic image on the left, its nearest training image "
        "on the right. The number is their distance, divided by the mean distance to the next "
        f"five training images; below {threshold:.2f} an image counts as a copy. Similar images "
        "need not be copies: check whether fine details and flaws match.",
    )


def _distances(distances: Mapping[str, Sequence[float]], threshold: float) -> Chart:
    up_to = range(SHOWN_UP_TO + 1)
    kinds = {"held-out": distances["held_out"], "synthetic": distances["synthetic"]}
    return Chart(
        "Distance to the nearest training image",
        plot(
            {name: Line([curve[k] for k in up_to], list(up_to)) for name, curve in kinds.items()},
            "distances of synthetic and of held-out real images to their nearest training image",
            {"threshold": threshold},
        ),
        "Horizontal: the distance. Vertical: the percentage of images that are at least as close. "
        "Where the synthetic line is to the left of the held-out line, synthetic images are closer "
        "to the training images than new real ones are. Images left of the dashed line are copies.",
        (
            ("synthetic", "synthetic"),
            ("held-out", "held-out real"),
            ("threshold", "threshold for copies"),
        ),
    )
