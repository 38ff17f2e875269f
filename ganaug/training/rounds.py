"""A round of a game: the discriminator's turn and, when it is due, the generator's."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor

from ganaug.training.curves import by_player
from ganaug.training.games.adversarial import AdversarialGame, Condition
from ganaug.training.optimization import StepSchedule, player_step


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
