"""Random draws that depend on what they are for, never on what was drawn before them."""

import numpy as np
import torch


def stream_seed(*keys: int) -> int:
    """Return a 64-bit seed that is a pure function of the keys, such as (seed, rank, batch)."""
    return int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0])


def stream(*keys: int) -> torch.Generator:
    """Return a CPU generator seeded by the keys.

    One stream a batch makes a resumed run draw what the uninterrupted one would have drawn, and
    one a rank keeps devices from drawing the same noise; neither holds with the global generator.
    """
    return torch.Generator().manual_seed(stream_seed(*keys))
