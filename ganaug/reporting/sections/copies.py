"""Whether images are copies: the closest pairs, and distances held against held-out real images."""

import torch

from ganaug.reporting.blocks import Cards, Chart, Charts, Missing, Section, Text
from ganaug.reporting.materials import Materials, Pairs
from ganaug.reporting.pictures import strip
from ganaug.reporting.plots import Line, plot
from ganaug.reporting.wording import percent

BINS = 40


def section(materials: Materials) -> Section:
    """Lay out the closest pairs and the distances."""
    title, pairs = "Is it a copy?", materials.pairs
    if isinstance(pairs, Missing):
        return Section("copies", title, [pairs])
    copies = float((pairs.distances < pairs.threshold).double().mean())
    words = (
        f"{len(pairs.distances):,} synthetic images were looked up among the training images. "
        f"{percent(copies)} of them are nearer to one than 99% of {len(pairs.held_out):,} "
        "held-out real images are; of real images that nobody copied it would be 1%."
    )
    return Section("copies", title, [Text(words), _closest(pairs), Charts([_distances(pairs)])])


def _closest(pairs: Pairs) -> Cards:
    cards = [
        strip(
            torch.stack([made, real]),
            f"a synthetic image of class {name} beside its nearest training image",
            f"{name} · {distance:.2f}{' · copy' if distance < pairs.threshold else ''}",
        )
        for made, real, name, distance in zip(
            pairs.made, pairs.real, pairs.names, pairs.distances.tolist(), strict=False
        )
    ]
    return Cards(
        cards,
        f"The closest pairs of {len(pairs.distances):,} images looked up, so the most suspicious: "
        "on the left a synthetic image, on the right the training image next to it. Below are the "
        "class and the distance, in units of the training image's own surroundings; what is below "
        f"{pairs.threshold:.2f} counts as a copy. Like each other is not the same: look whether "
        "fine detail and flaws agree.",
    )


def _distances(pairs: Pairs) -> Chart:
    high = float(torch.cat([pairs.distances, pairs.held_out]).quantile(0.995))
    edges = torch.linspace(0, high, BINS + 1)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    lines = {}
    for name, own in (("held-out", pairs.held_out), ("made", pairs.distances)):
        shares = torch.histc(own, BINS, 0, high) / len(own)
        lines[name] = Line(middles, (100 * shares).tolist())
    return Chart(
        "Distance to the nearest training image",
        plot(
            lines,
            "distances of synthetic and of held-out real images to their nearest training image",
            {"threshold": pairs.threshold},
        ),
        "Across: the distance. Up: percent of the images. Synthetic images to the left of the "
        "held-out ones are nearer to the training images than new real ones would be; a heap to "
        "the left of the dashed line are copies.",
        (("made", "synthetic"), ("held-out", "held-out real"), ("threshold", "counts as a copy")),
    )
