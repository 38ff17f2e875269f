"""Threads that wait for each other without spinning; a tool sets it before torch is loaded."""

import os
from collections.abc import MutableMapping

from datamodules.processors import usable_cores

# torch's threads wait for each other by spinning, which beside another busy process takes the
# processor from the thread that is waited for: docs/results.md#threads has the figures.
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SPINS = "1000"


def quiet_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set how OpenMP's threads wait, and how many there are, where the user has not.

    Args:
        environment: Of the process.
    """
    if not any(name in environment for name in POLICY):
        # Between batches a thread spins for a few microseconds, then sleeps.
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
        environment["GOMP_SPINCOUNT"] = SPINS
    environment.setdefault("OMP_NUM_THREADS", str(usable_cores()))
