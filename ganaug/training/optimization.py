"""Optimization: which player steps in which batch, and one step inside toggled gradients."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms
from ganaug.utils.errors import UsageError


def batch_number(trainer: Trainer) -> int:
    """Return the running number of the batch, from 0 over the whole run: the x of every curve.

    `trainer.global_step` counts optimizer steps, two a batch in a game, and would put images at
    twice the x of the curves that `self.log` draws.
    """
    return trainer.fit_loop.epoch_loop.total_batch_idx


def optimizers_of(module: LightningModule) -> list[LightningOptimizer]:
    """Return the optimizers of a model that has several."""
    # Lightning's own type allows for the one that it hands out bare.
    return cast("list[LightningOptimizer]", module.optimizers())


@dataclass(frozen=True)
class StepSchedule:
    """Which player steps in which batch, counted over the whole run.

    Args:
        n_critic: Discriminator steps for each generator step.
        accumulate: Batches whose gradients make one step.
        warm_up: Batches at the start in which the discriminator plays alone.
    """

    n_critic: int = 1
    accumulate: int = 1
    warm_up: int = 0

    def __post_init__(self) -> None:
        for name in ("n_critic", "accumulate"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        if self.warm_up < 0:
            raise UsageError(f"warm_up is {self.warm_up}; it must be 0 or more")

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
    """Leave gradients on for this optimizer's parameters alone.

    The other player's weights then cost no backward pass of their own (FLOPs saved, and none of
    their gradients left to leak into their next step); gradients still flow through to its input.
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
    """Let one player minimize its terms; the other's weights stand still.

    Args:
        module: The model that is trained.
        optimizer: The optimizer of the player whose turn it is.
        terms_of: Gives the player's terms; called while only its own gradients are on.
        accumulate: How many turns make one step.
        step: Whether this turn ends the step.
        grad_clip: Largest norm of the gradients; None leaves them as they are.

    Returns:
        What there is to watch, cut off from the graph: the terms, the game's figures and, when
        the step was taken, `gradient_norm` before clipping.
    """
    with turn(module, optimizer):
        terms = terms_of()
        norm = descend(
            module, optimizer, terms.total, accumulate=accumulate, step=step, grad_clip=grad_clip
        )
    figures = {**terms, **terms.watched} | ({} if norm is None else {"gradient_norm": norm})
    return {name: figure.detach() for name, figure in figures.items()}


def by_player(figures: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Name each player's figures `<player>/<name>`, as curves are."""
    return {
        f"{player}/{name}": figure
        for player, own in figures.items()
        for name, figure in own.items()
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
    """Let both players of a game step on one batch (Goodfellow et al. 2014, algorithm 1).

    Args:
        module: The model that holds the game.
        game: The game.
        optimizers: The generator's and the discriminator's.
        real: `[N, C, S, S]`.
        generate: Gives as many fake images; called once, with gradients only when they are needed.
        condition: `()` or `(labels [N],)`.
        step_schedule: Who plays when.
        number: Running number of the batch.
        grad_clip: Largest norm of each player's gradients; None leaves them as they are.

    Returns:
        The scalars to watch, by `<player>/<name>`.
    """
    generator_optimizer, discriminator_optimizer = optimizers
    generator_steps = step_schedule.generator_steps(number)
    # One forward pass serves both players: the discriminator's terms detach it.
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
    """Return an Adam whose step is one kernel for all weights."""
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
    """Add the gradients of `loss` and, when `step`, clip them, take the step and clear them.

    Args:
        module: The model that is trained.
        optimizer: The optimizer of the player whose turn it is.
        loss: Scalar to minimize.
        accumulate: How many such calls make one step; the loss is divided by it.
        step: Whether this call ends the step.
        grad_clip: Largest norm of the gradients; None leaves them as they are.

    Returns:
        The norm of the gradients before clipping, or None where no step was taken.
    """
    module.manual_backward(loss / accumulate)
    if not step:
        return None
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
    if grad_clip is not None:
        clip_grads_with_norm_(parameters, grad_clip, norm)
    optimizer.step()
    optimizer.zero_grad()
    return norm.detach()


def checked_betas(beta1: float, beta2: float = 0.999) -> tuple[float, float]:
    """Return Adam's decays.

    Raises:
        UsageError: One is out of its range; names it.
    """
    refuse_not_below_one(beta1=beta1, beta2=beta2)
    return beta1, beta2


def refuse_not_positive(**settings: float | None) -> None:
    """Refuse settings that must be finite and above zero.

    Raises:
        UsageError: One is not; names it.

    Example:
        >>> refuse_not_positive(width=32, grad_clip=None)
    """
    for name, value in settings.items():
        if value is not None and not 0 < value < math.inf:
            raise UsageError(f"{name} is {value}; it must be above 0{_and_finite(value)}")


def refuse_negative(**settings: float) -> None:
    """Refuse settings that must be finite, and zero or more.

    Raises:
        UsageError: One is not; names it.

    Example:
        >>> refuse_negative(class_guidance=0, penalty=10.0)
    """
    for name, value in settings.items():
        if not 0 <= value < math.inf:
            raise UsageError(f"{name} is {value}; it must be 0 or more{_and_finite(value)}")


def refuse_not_below_one(**settings: float) -> None:
    """Refuse settings that must be at least 0 and below 1, such as fractions that are dropped.

    Raises:
        UsageError: One is not; names it.

    Example:
        >>> refuse_not_below_one(dropout=0.1, cutout=0)
    """
    for name, value in settings.items():
        if not 0 <= value < 1:
            raise UsageError(f"{name} is {value}; it must be at least 0 and below 1")


def _and_finite(value: float) -> str:
    return " and finite" if value == math.inf else ""
