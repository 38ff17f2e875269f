"""The number of cores that this process may use (by affinity and quota), and of free ones."""

import math
import os
import time
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
STATISTICS = Path("/proc/stat")


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1.

    Example:
        >>> usable_cores() >= 1
        True
    """
    return max(1, math.ceil(min(len(_allowed_cores()), quota())))


def free_cores(seconds: float = 0.25) -> int:
    """Measure how many usable cores other processes leave free, at least 1.

    Niced processes do not count. On systems without such statistics, all usable cores count as
    free.

    Args:
        seconds: How long to measure.
    """
    try:
        busy_at_start = _busy_seconds()
        time.sleep(seconds)
        busy = round((_busy_seconds() - busy_at_start) / seconds)
    except (OSError, ValueError, IndexError):
        return usable_cores()
    return max(1, min(usable_cores(), len(_allowed_cores()) - busy))


def _busy_seconds() -> float:
    """Return the busy seconds of the allowed cores since the system started."""
    names = {f"cpu{number}" for number in _allowed_cores()}
    rows = [line.split() for line in STATISTICS.read_text(encoding="utf-8").splitlines()]
    # user, nice, system, idle, iowait, irq, softirq
    ticks = sum(int(row[i]) for row in rows if row[0] in names for i in (1, 3, 6, 7))
    return ticks / os.sysconf("SC_CLK_TCK")


def _allowed_cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def quota() -> float:
    """Return a container's CPU quota in cores (`docker run --cpus 2`), or infinity without one."""
    # Not with joblib: its import takes a third of a second, and every command needs the quota.
    try:
        if (unified := CGROUPS / "cpu.max").is_file():
            share, period = unified.read_text(encoding="utf-8").split()
        else:
            share, period = (
                (CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="utf-8")
                for name in ("quota", "period")
            )
        # Without a limit, the quota is the word max (cgroup v2) or -1 (v1).
        return float(share) / float(period) if share != "max" and float(share) > 0 else math.inf
    except (OSError, ValueError):
        return math.inf
