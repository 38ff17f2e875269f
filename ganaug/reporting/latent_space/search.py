"""Search for the latents of an image, for projection and inpainting (Yeh et al. 2017)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ganaug.protocols import Sampler
from ganaug.utils.latents import search_latents


class SearchResult(NamedTuple):
    """The result of a search for each target.

    Attributes:
        latents: `[N, D]`.
        labels: `[N]` classes of the latents; None for an unconditional sampler.
        images: `[N, C, S, S]` images of the latents, in [-1, 1].
        errors: `[N]` root mean square differences to the known parts of the targets, in [0, 2].
    """

    latents: Tensor
    labels: Tensor | None
    images: Tensor
    errors: Tensor


def find_latents(
    sampler: Sampler,
    targets: Tensor,
    *,
    known_mask: Tensor | None = None,
    labels: Tensor | None = None,
    starts: int = 8,
    steps: int = 300,
    seed: int = 0,
) -> SearchResult:
    """Search for the latents of target images, by gradient descent from several starts.

    Args:
        sampler: The model; gradients must flow through its `sample` to the latents.
        targets: `[N, C, S, S]` in [-1, 1].
        known_mask: `[N, 1, S, S]`, 1 where the target is known and 0 elsewhere; None for all 1.
        labels: `[N]` class of each target; None tries every class of a conditional sampler.
        starts: Number of latents to start from, for each target and class.
        steps: Number of Adam steps.
        seed: Seed of the latents to start from.

    Returns:
        The best result of all starts for each target.
    """
    # One target at a time, since all of them may not fit into memory with many classes.
    results = [
        _search(
            sampler,
            targets[i : i + 1],
            None if known_mask is None else known_mask[i : i + 1],
            _classes(sampler, labels, i),
            starts=starts,
            steps=steps,
            seed=seed,
        )
        for i in range(len(targets))
    ]
    latents, classes, images, errors = zip(*results, strict=True)
    return SearchResult(
        torch.cat(latents),
        torch.cat(classes) if sampler.num_classes else None,
        torch.cat(images),
        torch.cat(errors),
    )


def _search(
    sampler: Sampler,
    target: Tensor,
    known_mask: Tensor | None,
    classes: Tensor,
    *,
    starts: int,
    steps: int,
    seed: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Search for one target `[1, C, S, S]`, from `starts` latents for each class."""
    candidate_classes = classes.repeat_interleave(starts).to(target.device)
    condition = candidate_classes if sampler.num_classes else None
    weight = torch.ones_like(target[:, :1]) if known_mask is None else known_mask
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(len(candidate_classes), sampler.latent_dim, generator=generator)
    latents = search_latents(
        sampler,
        latents.to(target.device),
        condition,
        lambda images: _error(images, target, weight),
        steps=steps,
    )
    images = sampler.sample(latents, condition).detach()
    errors = _error(images, target, weight)
    best = errors.argmin().view(1)
    return latents[best], candidate_classes[best], images[best], errors[best].sqrt()


def fill_in(targets: Tensor, known_mask: Tensor, generated: Tensor) -> Tensor:
    """Return targets with their masked parts replaced by those of drawn images."""
    return torch.where(known_mask.bool(), targets, generated)


def _classes(sampler: Sampler, labels: Tensor | None, number: int) -> Tensor:
    """Return the classes to try for a target; [0] for an unconditional sampler."""
    if labels is not None and sampler.num_classes:
        return labels[number : number + 1].cpu()
    return torch.arange(max(sampler.num_classes, 1))


def _error(images: Tensor, goal: Tensor, weight: Tensor) -> Tensor:
    squares = ((images - goal).square() * weight).flatten(1).sum(dim=1)
    return squares / (weight.flatten(1).sum(dim=1) * images.shape[1]).clamp(min=1)
