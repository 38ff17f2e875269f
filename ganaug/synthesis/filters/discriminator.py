"""Filters by the model's own discriminator: `realism` and `rejection`."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ganaug.protocols import Critic
from ganaug.synthesis.filters.base import FilterResult, rounded
from ganaug.synthesis.filters.registry import register_filter
from ganaug.synthesis.sources.base import BLOCK, Batch, ImageSource, image_seed
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context

# Number of blocks per class that set the reference scores: the first, which the run makes anyway.
_BURN_IN_BLOCKS = 4


class RealismFilter:
    """Passes the samples of each class that the model's own discriminator scores highest.

    Args:
        critic: The model.
        source: Source of the samples that set a class's threshold.
        keep: Fraction of a class's samples above the threshold.
    """

    def __init__(self, critic: Critic, source: ImageSource, *, keep: float = 0.5) -> None:
        if not 0 < keep < 1:
            raise UsageError(f"`filters` realism={keep}: use a share above 0 and below 1")
        self.scores, self.keep = _Scores(critic, source), keep
        self.network = self.scores.network

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine which images pass."""
        return {"realism": self.keep}

    def judge(self, batch: Batch) -> FilterResult:
        """Score a block."""
        scores = self.scores.of(batch)
        least = self.scores.reference(batch.label).quantile(1 - self.keep)
        return FilterResult({"realism": scores >= least}, {"realism": rounded(scores)})


class RejectionFilter:
    """Discriminator rejection sampling of Azadi et al. 2019, which matches the real distribution.

    With a perfect discriminator, exp(logit) is the ratio of an image's density among real images
    to that among samples. A sample is accepted with a probability of this ratio over the largest
    one. The latter comes from a burn-in, so acceptance is a function of the image alone.

    Args:
        critic: The model.
        source: Source of the samples that set a class's scale.
        accept: Mean fraction of accepted samples, for which the paper's gamma is set.
    """

    def __init__(self, critic: Critic, source: ImageSource, *, accept: float = 0.5) -> None:
        if not 0 < accept < 1:
            raise UsageError(f"`filters` rejection={accept}: use a share above 0 and below 1")
        self.scores, self.accept = _Scores(critic, source), accept
        self.network = self.scores.network
        self.seed = getattr(source, "seed", 0)

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine which images pass."""
        return {"rejection": self.accept}

    def judge(self, batch: Batch) -> FilterResult:
        """Accept or reject each image of a block by its own random draw."""
        scores, reference = self.scores.of(batch), self.scores.reference(batch.label)
        largest = reference.max()
        shift = _shift_for(self.accept, reference, largest)
        chance = torch.sigmoid(_log_odds(scores, largest) - shift)
        # The seeds must differ from those of the latents.
        draws = [image_seed(self.seed, batch.label + 2**31, i) / 2**63 for i in batch.indices]
        return FilterResult(
            {"rejection": torch.tensor(draws) < chance}, {"realism": rounded(scores)}
        )


class _Scores:
    """A discriminator's logits, and reference logits of each class."""

    def __init__(self, critic: Critic, source: ImageSource) -> None:
        self.critic, self.source = critic, source
        self.network = critic if isinstance(critic, nn.Module) else None
        self._reference: dict[int, Tensor] = {}

    @torch.no_grad()
    def of(self, batch: Batch) -> Tensor:
        """Return the logits `[n]` of a block, float64 on the CPU."""
        device = device_of(self.critic)
        labels = torch.full((len(batch.images),), batch.label, device=device)
        return self.critic.judge(to_float(batch.images).to(device), labels).cpu().double()

    def reference(self, label: int) -> Tensor:
        """Return the logits of a class's first blocks."""
        if label not in self._reference:
            limit = self.source.most(label)
            blocks = _BURN_IN_BLOCKS if limit is None else min(_BURN_IN_BLOCKS, -(-limit // BLOCK))
            scores = [self.of(self.source.make(label, block)) for block in range(blocks)]
            self._reference[label] = torch.cat(scores)
        return self._reference[label]


def _log_odds(scores: Tensor, largest: Tensor) -> Tensor:
    """F of Azadi et al., eq. 7, before gamma: the log odds of acceptance."""
    # A score above the burn-in's largest is accepted with the same probability as that one.
    below = (scores - largest).clamp_max(0)
    return below - torch.log1p(-torch.exp(below - 1e-6))


def _shift_for(accept: float, reference: Tensor, largest: Tensor) -> float:
    """Find by bisection the gamma that gives the reference scores this mean acceptance."""
    low, high = -50.0, 50.0
    odds = _log_odds(reference, largest)
    for _ in range(60):
        middle = 0.5 * (low + high)
        if torch.sigmoid(odds - middle).mean() > accept:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@register_filter("realism", default=0.5)
def realism(value: float, context: "Context") -> RealismFilter:
    """Build the filter `realism`."""
    return RealismFilter(*_critic_and_source(context, "realism"), keep=value)


@register_filter("rejection", default=0.5)
def rejection(value: float, context: "Context") -> RejectionFilter:
    """Build the filter `rejection`."""
    return RejectionFilter(*_critic_and_source(context, "rejection"), accept=value)


def _critic_and_source(context: "Context", name: str) -> tuple[Critic, ImageSource]:
    """Return the model as a critic, and the source of the model's own images.

    Raises:
        UsageError: There is no model, its discriminator can't judge single images, or the plan has
            no images of the model, or also images of other sources, to which the threshold doesn't
            apply.
    """
    if context.model is None:
        raise UsageError(
            f"`filters` {name} is for a model with a discriminator, and there is no model; use "
            "agreement"
        )
    if not isinstance(context.model, Critic):
        raise UsageError(
            f"`filters` {name}: {type(context.model).__name__} has no discriminator that judges "
            "an image by itself; use agreement"
        )
    by_method = {source.method: source for source in context.built}
    other_methods = by_method.keys() - {"generator", "real"}
    if "generator" not in by_method:
        raise UsageError(f"`filters` {name} judges images of the model, and the plan has none")
    if other_methods:
        raise UsageError(
            f"`filters` {name} judges images of the model alone, and the plan has "
            f"{', '.join(other_methods)} too: make those in another folder, or use agreement"
        )
    return context.model, by_method["generator"]
