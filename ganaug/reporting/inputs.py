"""The inputs of a report, each of which may be `Missing`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from ganaug.evaluation.result import Evaluation
from ganaug.reporting.blocks import Missing
from ganaug.reporting.plots import Line
from ganaug.synthesis.verification import Check

Facts: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class ClassImages:
    """Some images of a class.

    Attributes:
        name: Name of the class.
        real: `[N, C, S, S]` uint8 training images, N ≥ 0.
        synthetic: `[M, C, S, S]` uint8, M ≥ 0.
    """

    name: str
    real: Tensor
    synthetic: Tensor


@dataclass(frozen=True)
class Pairs:
    """Synthetic images with their nearest training images.

    Attributes:
        synthetic: `[K, C, S, S]` uint8, the closest pair first.
        real: `[K, C, S, S]` uint8 training images.
        names: Class of each synthetic image.
        distances: Distance of each pair.
        copies: Whether each counts as a copy.
    """

    synthetic: Tensor
    real: Tensor
    names: Sequence[str]
    distances: Sequence[float]
    copies: Sequence[bool]


@dataclass(frozen=True)
class Walk:
    """Images of a walk from one latent to another.

    Attributes:
        name: Class of the images; empty for an unconditional model.
        images: `[S, C, H, W]` uint8.
    """

    name: str
    images: Tensor


@dataclass(frozen=True)
class ReportInputs:
    """All inputs of a report.

    Attributes:
        folder: The set's folder, as the user gave it.
        manifest: Manifest of the set.
        metrics: Results of the evaluation.
        study: The content of utility.json.
        curves: Curves of the fit, by TensorBoard's names.
        examples: Real and synthetic images by class.
        pairs: The synthetic images that are closest to a training image.
        walks: Walks between latents.
        under_an_epoch: Whether the model is known to have been fitted for less than an epoch.
        made_elsewhere: Whether another program made the images.
        checks: Checks of whether the set is complete, readable, marked and free of real images.
        notes: Other warnings, such as that the set was evaluated against other real images.
    """

    folder: str
    manifest: Facts
    metrics: Evaluation | Missing
    study: Facts | Missing
    curves: Mapping[str, Line] | Missing
    examples: Sequence[ClassImages] | Missing
    pairs: Pairs | Missing
    walks: Sequence[Walk] | Missing
    notes: Sequence[str] = ()
    under_an_epoch: bool = False
    made_elsewhere: bool = False
    checks: Sequence[Check] = ()

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the labels."""
        return [str(name) for name in self.manifest["class_names"]]

    @property
    def synthetic_counts(self) -> dict[str, int]:
        """Synthetic images of each class."""
        counts = self.manifest["counts"]["synthetic"]
        return {name: int(counts.get(name, 0)) for name in self.class_names}

    @property
    def real_counts(self) -> dict[str, int]:
        """Real images of each class that the model was fitted on."""
        counts = self.manifest.get("card", {}).get("class_counts", {})
        return {name: int(counts.get(name, 0)) for name in self.class_names}
