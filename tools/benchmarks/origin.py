"""The origin of a result: commit, date, machine, and load."""

import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.study import Metrics
from datamodules.processors import usable_cores
from ganaug.models.registry import ROOT

# Instruction sets that affect the speed of networks, by Linux's names: x86, then ARM.
INSTRUCTIONS = {
    *("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile", "amx_bf16"),
    *("asimd", "sve", "sve2", "bf16"),
}
DIRTY = "-dirty"


def observed(
    measure: Callable[[], Metrics], files: Sequence[str]
) -> tuple[Metrics, dict[str, Any]]:
    """Measure something, and record when, where and with which code.

    Args:
        measure: Function that measures.
        files: Patterns of the files that it measures; uncommitted changes to them are noted in the
            commit.

    Returns:
        The metrics, and the fields of a `Measurement` with its origin.
    """
    commit, date, load_before = commit_of(files), datetime.now(UTC).date(), _load()
    started = time.perf_counter()
    metrics = measure()
    cores, load = usable_cores(), load_before + _load()
    return metrics, {
        "commit": commit,
        "date": date.isoformat(),
        **processor(),
        "cores": cores,
        "seconds": round(time.perf_counter() - started, 1),
        "load": load,
        "other_work": max(load) > cores if load else None,
    }


def git(*arguments: str) -> str | None:
    """Return git's output in the checkout; None if it fails, as without a history."""
    try:
        completed = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return completed.stdout.strip()


def commit_of(files: Sequence[str]) -> str | None:
    """Return the checkout's commit, with `-dirty` if one of the files differs from it."""
    commit = git("rev-parse", "--short=12", "HEAD")
    return f"{commit}{DIRTY}" if commit and git("status", "--porcelain", "--", *files) else commit


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Return the processor's name and its instruction sets, an empty list if unknown."""
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.is_file() else ""
    facts = {key.strip(): value.strip() for key, _, value in map(_partitioned, text.splitlines())}
    flags = facts.get("flags") or facts.get("Features") or ""
    return {
        "processor": facts.get("model name") or platform.processor() or platform.machine(),
        "instructions": sorted(INSTRUCTIONS.intersection(flags.split())),
    }


def _partitioned(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _load() -> list[float]:
    """Return the load average of the last minute; empty if unknown."""
    return [round(os.getloadavg()[0], 2)] if hasattr(os, "getloadavg") else []
