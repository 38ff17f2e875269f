"""Gates: what a synthetic image must pass, each optional, each with a share of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from ganaug.evaluation.features.networks import DomainNetwork, read_features
from ganaug.evaluation.memorization.detector import LEVEL, MemorizationDetector
from ganaug.synthesis.sources.base import Batch, digest
from ganaug.utils.errors import UsageError


@dataclass(frozen=True)
class Verdict:
    """What a gate says of a block.

    Attributes:
        passed: `[n]` booleans, by what was asked: a gate may look at several things at once.
        columns: Values for the rows, by column.
    """

    passed: Mapping[str, Tensor]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Gate(Protocol):
    """Judges blocks, each image by itself: what it says does not depend on what came before."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """All that decides what passes; JSON values."""
        ...

    def judge(self, batch: Batch) -> Verdict:
        """Say which images of a block pass."""
        ...


class AgreementGate:
    """Passes what a classifier trained on the real images holds to be of the class asked for.

    Args:
        judge: The classifier; its outputs are the classes in the order of the labels.
        min_confidence: Probability of that class.
    """

    def __init__(self, judge: DomainNetwork, min_confidence: float = 0.5) -> None:
        if not 0 < min_confidence <= 1:
            raise UsageError(
                f"--gate agreement={min_confidence}: use a probability above 0, up to 1"
            )
        self.network, self.min_confidence = judge, min_confidence

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {"agreement": self.min_confidence, "weights": digest(self.network)}

    def judge(self, batch: Batch) -> Verdict:
        """Read a block."""
        logits = read_features(self.network, batch.images)[1]
        likely = logits.softmax(dim=1)[:, batch.label]
        return Verdict({"agreement": likely >= self.min_confidence}, {"agreement": rounded(likely)})


class MemoryGates:
    """Passes what lies as far from the training images as held-out real images do.

    Args:
        memory: Holds the training images and the held-out ones.
        files: File of each training image.
        copies: Whether what is nearer than 99% of the held-out images is turned away: a copy.
        strays: Whether what is further away than 99% of them is turned away: like nothing real.
    """

    def __init__(
        self, memory: MemorizationDetector, files: Sequence[str], *, copies: bool, strays: bool
    ) -> None:
        self.memory, self.files, self.network = memory, files, memory.network
        self.asked = {"copies": copies, "strays": strays}
        self.furthest = float(memory.remoteness(memory.held_out).quantile(1 - LEVEL))

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {**self.asked, "threshold": self.memory.threshold, "weights": digest(self.network)}

    def judge(self, batch: Batch) -> Verdict:
        """Look a block up."""
        found = self.memory.look_up(batch.images)
        passed = {}
        if self.asked["copies"]:
            passed["copies"] = ~self.memory.is_copy(found.distances)
        if self.asked["strays"]:
            passed["strays"] = self.memory.remoteness(found) <= self.furthest
        nearest = [self.files[place] for place in found.positions.tolist()]
        return Verdict(passed, {"nearest": nearest, "distance": rounded(found.distances)})


def rounded(values: Tensor) -> list[float]:
    """Return numbers as they stand in a file: six digits, the same in every run."""
    return [float(f"{value:.6g}") for value in values.tolist()]
