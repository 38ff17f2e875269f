"""Threads of a tool: as many as there are free processors, which torch reads when it loads."""

import os
from collections.abc import MutableMapping

from datamodules.processors import free_cores, usable_cores

# torch's threads wait for each other by spinning. With a processor for each that is the fastest;
# next to a busy process the one that spins keeps the processor from the one that is waited for, and
# a fit takes several times as long (docs/results.md).
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SPINS = "1000"


def quiet_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set how many threads OpenMP has and, next to busy processes, that they wait by sleeping.

    What the user has set stands.

    Args:
        environment: Of the process.
    """
    if "OMP_NUM_THREADS" in environment:
        return
    free = free_cores()
    environment["OMP_NUM_THREADS"] = str(free)
    if free < usable_cores() and not any(name in environment for name in POLICY):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
        environment["GOMP_SPINCOUNT"] = SPINS
