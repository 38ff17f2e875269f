"""A round of a game: the discriminator's turn and, when it is due, the generator's."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor

from ganaug.training.curves import by_player
from ganaug.training.games.adversarial import AdversarialGame, Condition
from ganaug.training.optimization import Turns, take_turn


def play_round(
    module: LightningModule,
    game: AdversarialGame,
    optimizers: Sequence[LightningOptimizer],
    *,
    real: Tensor,
    generate: Callable[[], Tensor],
    condition: Condition,
    turns: Turns,
    number: int,
    clip: float | None = None,
) -> dict[str, Tensor]:
    """Let both players of a game step on one batch (Goodfellow et al. 2014, algorithm 1).

    Args:
        module: The model that holds the game.
        game: The game.
        optimizers: The generator's and the discriminator's.
        real: `[N, C, S, S]`.
        generate: Gives as many fake images; called once, with gradients only when they are needed.
        condition: `()` or `(labels [N],)`.
        turns: Who plays when.
        number: Running number of the batch.
        clip: Largest norm of each player's gradients; None leaves them as they are.

    Returns:
        The scalars to watch, by `<player>/<name>`.
    """
    generator_optimizer, discriminator_optimizer = optimizers
    generator_plays = turns.generator_plays(number)
    # One forward pass serves both players: the discriminator's terms detach it.
    with torch.set_grad_enabled(generator_plays):
        fake = generate()
    players = {"discriminator": (discriminator_optimizer, game.discriminator_terms)}
    if generator_plays:
        players["generator"] = (generator_optimizer, game.generator_terms)
    return by_player(
        {
            player: take_turn(
                module,
                optimizer,
                partial(terms_of, real=real, fake=fake, condition=condition),
                accumulate=turns.accumulate,
                step=turns.closes_step(number),
                clip=clip,
            )
            for player, (optimizer, terms_of) in players.items()
        }
    )
