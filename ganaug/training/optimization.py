"""Optimization: which player steps in which batch, and how one player takes a step."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms
from ganaug.utils.ranges import refuse_outside

# Names of learning rates, with the player at either end; not lr_decay, which is no rate.
PLAYER = "(?:_(?:g|d|gen|disc|generator|discriminator|critic|classifier|encoder|decoder))?"
RATE = re.compile(rf"\w*lr|(?:\w*_)?(?:lr|learning_?rate){PLAYER}", re.IGNORECASE)


def batch_number(trainer: Trainer) -> int:
    """Return the running number of the batch, from 0 over the whole run: the x of every curve.

    `trainer.global_step` counts optimizer steps, of which a game takes two per batch, so images
    would be logged at twice the x of the curves.
    """
    return trainer.fit_loop.epoch_loop.total_batch_idx


def learning_rates(settings: Mapping[str, Any]) -> dict[str, float]:
    """Return the learning rates among a model's settings, by their names, dotted if nested.

    Example:
        >>> learning_rates({"generator_lr": 2e-4, "learning_rate": 0.1, "lr_decay": 0.5})
        {'generator_lr': 0.0002, 'learning_rate': 0.1}
    """
    return {
        name: value
        for name, value in settings.items()
        if RATE.fullmatch(name.rpartition(".")[2])
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    }


def optimizers_of(module: LightningModule) -> list[LightningOptimizer]:
    """Return the optimizers of a model that has several."""
    # Lightning's type also allows a single optimizer.
    return cast("list[LightningOptimizer]", module.optimizers())


@dataclass(frozen=True)
class StepSchedule:
    """Which player steps in which batch, counted over the whole run.

    Args:
        n_critic: Discriminator steps for each generator step.
        accumulate: Number of batches whose gradients are accumulated for one step.
        warm_up: Number of batches at the start in which only the discriminator steps.
    """

    n_critic: int = 1
    accumulate: int = 1
    warm_up: int = 0

    def __post_init__(self) -> None:
        refuse_outside("", 1, n_critic=self.n_critic, accumulate=self.accumulate)
        refuse_outside("", 0, warm_up=self.warm_up)

    def generator_steps(self, batch: int) -> bool:
        """Whether the generator takes part in this batch; the discriminator always does."""
        step = batch // self.accumulate
        # A step that began in the warm-up would have too few of its gradients.
        if step * self.accumulate < self.warm_up:
            return False
        return step % self.n_critic == self.n_critic - 1

    def ends_step(self, batch: int) -> bool:
        """Whether this batch is the last of those that make one step."""
        return (batch + 1) % self.accumulate == 0


@contextmanager
def turn(module: LightningModule, optimizer: LightningOptimizer) -> Iterator[None]:
    """Enable gradients only for this optimizer's parameters.

    The other player's weights then need no gradients of their own, which saves time and can't leak
    into its next step. Gradients still flow through it to its input.
    """
    module.toggle_optimizer(optimizer)
    try:
        yield
    finally:
        module.untoggle_optimizer(optimizer)


def player_step(
    module: LightningModule,
    optimizer: LightningOptimizer,
    terms_of: Callable[[], LossTerms],
    *,
    accumulate: int = 1,
    step: bool = True,
    grad_clip: float | None = None,
) -> dict[str, Tensor]:
    """Take one player's step; the other's weights don't change.

    Args:
        module: The model that is trained.
        optimizer: The optimizer of the player whose turn it is.
        terms_of: Returns the player's loss terms; called while only its gradients are enabled.
        accumulate: Number of turns whose gradients are accumulated for one step.
        step: Whether this turn completes the step.
        grad_clip: Largest norm of the gradients; None for no clipping.

    Returns:
        The scalars to log, detached: the loss terms, other values of the game and, if the step was
        taken, `gradient_norm` before clipping.
    """
    with turn(module, optimizer):
        terms = terms_of()
        norm = descend(
            module, optimizer, terms.total, accumulate=accumulate, step=step, grad_clip=grad_clip
        )
    scalars = {**terms, **terms.watched} | ({} if norm is None else {"gradient_norm": norm})
    return {name: scalar.detach() for name, scalar in scalars.items()}


def by_player(scalars_by_player: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return all players' scalars, named `<player>/<name>` like the curves."""
    return {
        f"{player}/{name}": scalar
        for player, scalars in scalars_by_player.items()
        for name, scalar in scalars.items()
    }


def adversarial_step(
    module: LightningModule,
    game: AdversarialGame,
    optimizers: Sequence[LightningOptimizer],
    *,
    real: Tensor,
    generate: Callable[[], Tensor],
    condition: Condition,
    step_schedule: StepSchedule,
    number: int,
    grad_clip: float | None = None,
) -> dict[str, Tensor]:
    """Take both players' steps on one batch (Goodfellow et al. 2014, algorithm 1).

    Args:
        module: The model that holds the game.
        game: The game.
        optimizers: The generator's and the discriminator's.
        real: `[N, C, S, S]`.
        generate: Returns N fake images; called once, with gradients only if needed.
        condition: `()` or `(labels [N],)`.
        step_schedule: Which player steps in which batch.
        number: Number of the batch, over the whole run.
        grad_clip: Largest norm of each player's gradients; None for no clipping.

    Returns:
        The scalars to log, by `<player>/<name>`.
    """
    generator_optimizer, discriminator_optimizer = optimizers
    generator_steps = step_schedule.generator_steps(number)
    # Both players share one forward pass; the discriminator's loss terms detach the images.
    with torch.set_grad_enabled(generator_steps):
        fake = generate()
    players = {"discriminator": (discriminator_optimizer, game.discriminator_terms)}
    if generator_steps:
        players["generator"] = (generator_optimizer, game.generator_terms)
    return by_player(
        {
            player: player_step(
                module,
                optimizer,
                partial(terms_of, real=real, fake=fake, condition=condition),
                accumulate=step_schedule.accumulate,
                step=step_schedule.ends_step(number),
                grad_clip=grad_clip,
            )
            for player, (optimizer, terms_of) in players.items()
        }
    )


def adam(
    parameters: Iterable[Parameter], rate: float, betas: tuple[float, float] = (0.9, 0.999)
) -> torch.optim.Adam:
    """Return a fused Adam optimizer, which updates all weights in one kernel."""
    return torch.optim.Adam(parameters, lr=rate, betas=betas, fused=True)


def descend(
    module: LightningModule,
    optimizer: LightningOptimizer,
    loss: Tensor,
    *,
    accumulate: int = 1,
    step: bool = True,
    grad_clip: float | None = None,
) -> Tensor | None:
    """Add the gradients of `loss`; if `step` is true, also clip them, take the step and clear them.

    Args:
        module: The model that is trained.
        optimizer: The optimizer of the player whose turn it is.
        loss: Scalar to minimize.
        accumulate: Number of calls for one step, by which the loss is divided.
        step: Whether this call completes the step.
        grad_clip: Largest norm of the gradients; None for no clipping.

    Returns:
        The norm of the gradients before clipping, or None if no step was taken.
    """
    module.manual_backward(loss / accumulate)
    if not step:
        return None
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
    if grad_clip is not None:
        clip_grads_with_norm_(parameters, grad_clip, norm)
    optimizer.step()
    # Autocast keeps weights that it has converted, and would go on with those before the step.
    torch.clear_autocast_cache()
    optimizer.zero_grad()
    return norm.detach()
