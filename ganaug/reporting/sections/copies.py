"""Whether images are copies: the closest pairs, and distances held against held-out real images."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from ganaug.reporting.blocks import Block, Cards, Chart, Charts, Missing, Section, Text
from ganaug.reporting.figures import dig, measured
from ganaug.reporting.formatting import percent, percent_range
from ganaug.reporting.inputs import Facts, Materials, Pairs
from ganaug.reporting.pictures import strip
from ganaug.reporting.plots import Line, plot

# The last percentiles are single images far out, which would press all else together.
SHOWN_UP_TO = 99


def section(materials: Materials) -> Section:
    """Lay out the share of copies, the closest pairs and the distances."""
    title, metrics = "Is it a copy?", materials.metrics
    if isinstance(metrics, Missing):
        return Section("copies", title, [metrics])
    found = metrics.get("memorization")
    if not found:
        why = metrics.get("memorization_missing") or "too few real images were held out"
        return Section("copies", title, [Text(f"Copies could not be told: {why}.")])
    return Section("copies", title, list(_blocks(metrics, found, materials.pairs)))


def _blocks(metrics: Facts, found: Facts, pairs: Pairs | Missing) -> Iterator[Block]:
    copies = measured({"value": found["copies"], "interval": found.get("interval")})
    if copies:
        between = f" ({percent_range(copies)})" if copies.interval else ""
        yield Text(
            f"{percent(copies.value)}{between} of {found['n']:,} synthetic images are nearer to a "
            f"training image than 99% of {found['n_held_out']:,} held-out real images are; of real "
            f"images that nobody copied it would be 1%{_by_whom(found)}."
        )
    yield pairs if isinstance(pairs, Missing) else _closest(pairs, found["threshold"])
    if distances := dig(metrics, "distances"):
        yield Charts([_distances(distances, found["threshold"])])


def _by_whom(found: Facts) -> str:
    """Name the network that told copies; earlier files don't."""
    return f" (told by {found['features']})" if "features" in found else ""


def _closest(pairs: Pairs, threshold: float) -> Cards:
    cards = [
        strip(
            torch.stack([made, real]),
            f"a synthetic image of class {name} beside its nearest training image",
            f"{name} · {distance:.2f}{' · copy' if copy else ''}",
        )
        for made, real, name, distance, copy in zip(
            pairs.made, pairs.real, pairs.names, pairs.distances, pairs.copies, strict=True
        )
    ]
    return Cards(
        cards,
        "The closest pairs of all, so the most suspicious: on the left a synthetic image, on the "
        "right the training image next to it. Below are the class and the distance, in units of "
        "that to the five next nearest training images; what is below "
        f"{threshold:.2f} counts as a copy. "
        "Like each other is not the same: look whether fine detail and flaws agree.",
    )


def _distances(distances: Mapping[str, Sequence[float]], threshold: float) -> Chart:
    up_to = range(SHOWN_UP_TO + 1)
    kinds = {"held-out": distances["held_out"], "made": distances["synthetic"]}
    return Chart(
        "Distance to the nearest training image",
        plot(
            {name: Line([own[k] for k in up_to], list(up_to)) for name, own in kinds.items()},
            "distances of synthetic and of held-out real images to their nearest training image",
            {"threshold": threshold},
        ),
        "Across: the distance. Up: percent of the images that are as near or nearer. Where the "
        "line of the synthetic images runs to the left of the held-out ones', they are nearer to "
        "the training images than new real ones would be; what is left of the dashed line are "
        "copies.",
        (("made", "synthetic"), ("held-out", "held-out real"), ("threshold", "counts as a copy")),
    )
