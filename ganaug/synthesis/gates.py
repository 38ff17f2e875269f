"""Gates: what a synthetic image must pass, each optional, each with a share of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ganaug.errors import UsageError
from ganaug.evaluation.memorization import TrainingMemory
from ganaug.evaluation.networks import DomainNetwork, read_features, read_maps
from ganaug.pixels import to_float
from ganaug.protocols import Critic
from ganaug.synthesis.makers import Batch, Maker, device_of, digest, image_seed

# Blocks by which a gate that compares samples with each other learns what is usual. They are the
# first ones of each class, so that the run makes them anyway.
_BURN_IN_BLOCKS = 4
# Real images that were held out lie closer to a training image, or to each other, one time in a
# hundred, and further away as seldom.
_LEVEL = 0.01


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
        at_least: Probability of that class.
    """

    def __init__(self, judge: DomainNetwork, at_least: float = 0.5) -> None:
        if not 0 < at_least <= 1:
            raise UsageError(f"--gate agreement={at_least}: use a probability above 0, up to 1")
        self.network, self.at_least = judge, at_least

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {"agreement": self.at_least, "weights": digest(self.network)}

    def judge(self, batch: Batch) -> Verdict:
        """Read a block."""
        logits = read_features(self.network, batch.images)[1]
        likely = logits.softmax(dim=1)[:, batch.label]
        return Verdict({"agreement": likely >= self.at_least}, {"agreement": rounded(likely)})


class MemoryGates:
    """Passes what lies as far from the training images as held-out real images do.

    Args:
        memory: Holds the training images and the held-out ones.
        files: File of each training image.
        copies: Whether what is nearer than 99% of the held-out images is turned away: a copy.
        strays: Whether what is further away than 99% of them is turned away: like nothing real.
    """

    def __init__(
        self, memory: TrainingMemory, files: Sequence[str], *, copies: bool, strays: bool
    ) -> None:
        self.memory, self.files, self.network = memory, files, memory.network
        self.asked = {"copies": copies, "strays": strays}
        self.furthest = float(memory.held_out.quantile(1 - _LEVEL))

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {**self.asked, "threshold": self.memory.threshold, "weights": digest(self.network)}

    def judge(self, batch: Batch) -> Verdict:
        """Look a block up."""
        found = self.memory.look_up(batch.images)
        passed = {
            "copies": ~self.memory.is_copy(found.distances),
            "strays": found.distances <= self.furthest,
        }
        passed = {name: those for name, those in passed.items() if self.asked[name]}
        nearest = [self.files[place] for place in found.positions.tolist()]
        return Verdict(passed, {"nearest": nearest, "distance": rounded(found.distances)})


class RealismGate:
    """Passes the samples that the model's own discriminator holds to be the most real of a class.

    Args:
        critic: The model.
        keep: Share of a class's samples that pass, by a threshold (plain top-k).
        makers: What makes the samples by which a class's threshold is learnt.
    """

    def __init__(self, critic: Critic, maker: Maker, *, keep: float = 0.5) -> None:
        if not 0 < keep < 1:
            raise UsageError(f"--gate realism={keep}: use a share above 0 and below 1")
        self.scores, self.keep = _Scores(critic, maker), keep
        self.network = self.scores.network

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {"realism": self.keep}

    def judge(self, batch: Batch) -> Verdict:
        """Score a block."""
        scores = self.scores.of(batch)
        least = self.scores.usual(batch.label).quantile(1 - self.keep)
        return Verdict({"realism": scores >= least}, {"realism": rounded(scores)})


class RejectionGate:
    """Discriminator rejection sampling of Azadi et al. 2019: samples in the real proportions.

    With a perfect discriminator, exp of its logit is how much likelier an image is among real ones
    than among samples; a sample is accepted with that, over the largest seen. The largest is that
    of a burn-in, so an acceptance is a function of the image alone.

    Args:
        critic: The model.
        maker: What makes the samples by which a class's scale is learnt.
        accept: Mean share of samples that is accepted: the paper's gamma is set for it.
    """

    def __init__(self, critic: Critic, maker: Maker, *, accept: float = 0.5) -> None:
        if not 0 < accept < 1:
            raise UsageError(f"--gate rejection={accept}: use a share above 0 and below 1")
        self.scores, self.accept = _Scores(critic, maker), accept
        self.network = self.scores.network
        self.seed = getattr(maker, "seed", 0)

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what passes."""
        return {"rejection": self.accept}

    def judge(self, batch: Batch) -> Verdict:
        """Accept each image of a block by a draw of its own."""
        scores, usual = self.scores.of(batch), self.scores.usual(batch.label)
        largest = usual.max()
        shift = _shift_for(self.accept, usual, largest)
        chance = torch.sigmoid(_log_odds(scores, largest) - shift)
        # Far from the latents' own seeds.
        draws = [image_seed(self.seed, batch.label + 2**31, i) / 2**63 for i in batch.indices]
        return Verdict({"rejection": torch.tensor(draws) < chance}, {"realism": rounded(scores)})


class _Scores:
    """A discriminator's logits, and those that are usual for each class."""

    def __init__(self, critic: Critic, maker: Maker) -> None:
        self.critic, self.maker = critic, maker
        self.network = critic if isinstance(critic, nn.Module) else None
        self._usual: dict[int, Tensor] = {}

    @torch.no_grad()
    def of(self, batch: Batch) -> Tensor:
        """Return the logits `[n]` of a block, float64 on the CPU."""
        device = device_of(self.critic)
        labels = torch.full((len(batch.images),), batch.label, device=device)
        return self.critic.judge(to_float(batch.images).to(device), labels).cpu().double()

    def usual(self, label: int) -> Tensor:
        """Return the logits of a class's first blocks."""
        if label not in self._usual:
            most = self.maker.most(label)
            blocks = _BURN_IN_BLOCKS if most is None else min(_BURN_IN_BLOCKS, -(-most // 64))
            made = [self.of(self.maker.make(label, block)) for block in range(blocks)]
            self._usual[label] = torch.cat(made)
        return self._usual[label]


def _log_odds(scores: Tensor, largest: Tensor) -> Tensor:
    """F of Azadi et al., eq. 7, before gamma: log of the acceptance's odds."""
    # What is above the largest of the burn-in is accepted as surely as that one.
    below = (scores - largest).clamp_max(0)
    return below - torch.log1p(-torch.exp(below - 1e-6))


def _shift_for(accept: float, usual: Tensor, largest: Tensor) -> float:
    """Gamma, by bisection, with which the usual scores are accepted that often on average."""
    low, high = -50.0, 50.0
    odds = _log_odds(usual, largest)
    for _ in range(60):
        middle = 0.5 * (low + high)
        if torch.sigmoid(odds - middle).mean() > accept:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


class Sketcher:
    """Describes images by a few numbers, in which duplicates lie close together.

    Maps of a domain network, projected at random onto 64 numbers, which keeps distances within
    some tenths (Johnson & Lindenstrauss).

    Args:
        network: A domain network in evaluation mode.
        held_out: `[H, C, S, S]` uint8 real images: as close as two of them come one time in a
            hundred, and closer, are duplicates.

    Attributes:
        apart: That distance.
    """

    def __init__(self, network: DomainNetwork, held_out: Tensor) -> None:
        if len(held_out) < 20:
            raise UsageError(
                f"--gate duplicates needs 20 held-out real images to tell what is usual, and there "
                f"are {len(held_out)}"
            )
        self.network = network
        width = read_maps(network, held_out[:1]).shape[1]
        generator = torch.Generator().manual_seed(0)
        self.projection = torch.randn(width, 64, generator=generator) / 8
        known = self._project(held_out)
        distances = torch.cdist(known, known).fill_diagonal_(torch.inf)
        self.apart = float(distances.min(dim=1).values.quantile(_LEVEL))

    def sketch(self, images: Tensor) -> list[list[float]]:
        """Describe images `[n, C, S, S]` uint8."""
        return [rounded(each) for each in self._project(images)] if len(images) else []

    def _project(self, images: Tensor) -> Tensor:
        return read_maps(self.network, images) @ self.projection


def rounded(values: Tensor) -> list[float]:
    """Return numbers as they stand in a file: six digits, the same in every run."""
    return [float(f"{value:.6g}") for value in values.tolist()]


def named(text: str) -> tuple[str, float | None]:
    """Read `agreement=0.8` or `copies`, as given on the command line.

    Raises:
        UsageError: There is no such gate, it takes no number, or it is no number.
    """
    name, _, number = text.partition("=")
    if name not in GATES:
        raise UsageError(f"--gate {text}: {name!r} is none of {', '.join(GATES)}")
    if not number:
        return name, GATES[name]
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"--gate {text}: {number!r} is not a number") from None
    if GATES[name] is None or not np.isfinite(value):
        raise UsageError(f"--gate {text}: {name} takes no such number")
    return name, value


# What each gate takes when no number is given; None for those that take none.
GATES: Mapping[str, float | None] = {
    "agreement": 0.5,
    "realism": 0.5,
    "rejection": 0.5,
    "copies": None,
    "duplicates": None,
    "strays": None,
}
GateMaker = Callable[[], Gate]
