"""How many processors this process may use: by its affinity, and by a container's quota."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1.

    Example:
        >>> usable_cores() >= 1
        True
    """
    allowed = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    return max(1, math.ceil(min(allowed, quota())))


def quota() -> float:
    """Return how many processors' time a container may use (`docker run --cpus 2`), or infinity."""
    # Read here, since a library that does (joblib) takes a third of a second to import, and each
    # command asks before it does anything else.
    try:
        if (unified := CGROUPS / "cpu.max").is_file():
            share, period = unified.read_text(encoding="utf-8").split()
        else:
            share, period = (
                (CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="utf-8")
                for name in ("quota", "period")
            )
        # Without a limit the share is the word max, or -1.
        return float(share) / float(period) if share != "max" and float(share) > 0 else math.inf
    except (OSError, ValueError):
        return math.inf
