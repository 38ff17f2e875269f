"""Random draws that depend on their purpose, not on earlier draws."""

import numpy as np
import torch


def stream_seed(*keys: int) -> int:
    """Return a 64-bit seed that is a pure function of the keys, such as (seed, rank, batch)."""
    return int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0])


def stream(*keys: int) -> torch.Generator:
    """Return a CPU generator seeded by the keys."""
    return torch.Generator().manual_seed(stream_seed(*keys))


def seed_step(seed: int, rank: int, batch: int) -> None:
    """Make all draws of a training step, on every device, a function of these three alone.

    With `seed_everything` alone, all ranks would draw the same noise, and a resumed run would
    repeat the noise of its first epoch. Seeded for each step, a resumed run draws the same latents,
    dropout and augmentation as an uninterrupted one.
    """
    key = stream_seed(seed, rank, batch)
    if torch.accelerator.is_available():
        torch.manual_seed(key)
    else:
        # Without an accelerator, torch.manual_seed records a traceback for each kind of it, to seed
        # it later, which costs tenths of a millisecond a step.
        torch.default_generator.manual_seed(key)
