"""Random draws that depend on what they are for, never on what was drawn before them."""

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

    After `seed_everything` all ranks would draw the same noise, and a resumed run would start the
    noise of the first epoch again; seeded for each step, a run that was stopped draws what the
    uninterrupted one would have drawn: latents, dropout, augmentation.
    """
    key = stream_seed(seed, rank, batch)
    if torch.accelerator.is_available():
        torch.manual_seed(key)
    else:
        # Where there is none, torch's own call writes down a traceback for each kind of
        # accelerator, to seed it later: tenths of a millisecond of every step.
        torch.default_generator.manual_seed(key)
