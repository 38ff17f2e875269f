"""Random draws that depend on their purpose, not on earlier draws."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def stream_seed(*keys: int) -> int:
    """Return a 64-bit seed that is a pure function of the keys, such as (seed, rank, batch)."""
    return int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0])


def stream(*keys: int) -> torch.Generator:
    """Return a CPU generator seeded by the keys."""
    return torch.Generator().manual_seed(stream_seed(*keys))


def seed_step(seed: int, rank: int, batch: int, device: str | torch.device) -> None:
    """Seed all random draws of a training step, on the CPU and the model's device.

    The seed depends on the three numbers alone.

    With only `seed_everything`, all ranks would draw the same noise, and a resumed run would repeat
    the noise of its first epoch. With a seed per step, a resumed run draws the same latents,
    dropout and augmentation as an uninterrupted one.
    """
    key = stream_seed(seed, rank, batch)
    # torch.manual_seed queues a seed, with a traceback, for every accelerator that is not
    # initialized, which costs tenths of a millisecond per step.
    torch.default_generator.manual_seed(key)
    if torch.device(device).type != "cpu":
        torch.get_device_module(device).manual_seed(key)


@contextmanager
def seeded(seed: int, device: str | torch.device = "cpu") -> Iterator[None]:
    """Seed the draws of a block on the CPU and one device, and restore their states afterwards.

    Args:
        seed: The seed.
        device: The device on which the block computes.

    Example:
        >>> with seeded(0):
        ...     first = torch.rand(1)
        >>> with seeded(0):
        ...     second = torch.rand(1)
        >>> bool(first == second)
        True
    """
    device = torch.device(device)
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        # torch.manual_seed would also seed the devices whose states are not restored.
        torch.default_generator.manual_seed(seed)
        if devices:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
