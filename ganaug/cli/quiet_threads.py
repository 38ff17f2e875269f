"""Setting the number of threads to that of free processors, before torch is imported."""

import os
from collections.abc import MutableMapping

from datamodules.processors import free_cores, usable_cores

# torch's threads wait for each other by spinning, which is fastest if each has its own processor.
# Next to a busy process, a spinning thread blocks the processor for the thread it waits for, and a
# fit takes several times as long (docs/results.md).
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SPINS = "1000"


def quiet_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set OpenMP's number of threads and, next to busy processes, let them wait by sleeping.

    Variables set by the user are kept.

    Args:
        environment: Environment of the process.
    """
    if "OMP_NUM_THREADS" in environment:
        return
    free = free_cores()
    environment["OMP_NUM_THREADS"] = str(free)
    if free < usable_cores() and not any(name in environment for name in POLICY):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
        environment["GOMP_SPINCOUNT"] = SPINS
