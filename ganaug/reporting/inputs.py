"""What a report is made from: each part is there, or says what is missing and how to get it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from ganaug.reporting.blocks import Missing
from ganaug.reporting.plots import Line

Facts: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """Some images of a class, real beside synthetic.

    Attributes:
        name: Of the class.
        real: `[N, C, S, S]` uint8 training images, N ≥ 0.
        made: `[M, C, S, S]` uint8 synthetic images, M ≥ 0.
    """

    name: str
    real: Tensor
    made: Tensor


@dataclass(frozen=True)
class Pairs:
    """Synthetic images beside the training images next to them.

    Attributes:
        made: `[K, C, S, S]` uint8, the nearest first.
        real: `[K, C, S, S]` uint8 training images.
        names: Class of each synthetic image.
        distances: Of each pair.
        copies: Whether each counts as a copy.
    """

    made: Tensor
    real: Tensor
    names: Sequence[str]
    distances: Sequence[float]
    copies: Sequence[bool]


@dataclass(frozen=True)
class Walk:
    """Images on the way from one latent to another.

    Attributes:
        name: Class in which the walk stays; empty for an unconditional model.
        images: `[S, C, H, W]` uint8.
    """

    name: str
    images: Tensor


@dataclass(frozen=True)
class Materials:
    """All that a report may be made from.

    Attributes:
        place: The set's folder, as the user calls it.
        manifest: What synthesize.py wrote of the set.
        metrics: What evaluate.py found.
        study: What utility.py found.
        curves: Of the model's fit, by TensorBoard's name.
        sides: Real beside synthetic images.
        pairs: The synthetic images that are closest to a training image.
        walks: Ways between latents.
        remarks: What else a reader must know, such as that the real images have changed.
    """

    place: str
    manifest: Facts
    metrics: Facts | Missing
    study: Facts | Missing
    curves: Mapping[str, Line] | Missing
    sides: Sequence[Side] | Missing
    pairs: Pairs | Missing
    walks: Sequence[Walk] | Missing
    remarks: Sequence[str] = ()

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the labels."""
        return [str(name) for name in self.manifest["class_names"]]

    @property
    def made(self) -> dict[str, int]:
        """Synthetic images of each class."""
        counts = self.manifest["counts"]["synthetic"]
        return {name: int(counts.get(name, 0)) for name in self.class_names}
