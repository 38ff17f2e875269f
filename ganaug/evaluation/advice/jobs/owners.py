"""Owners: the processes that do the jobs of a search, and whether they still run."""

import os
import socket
from collections.abc import Mapping
from typing import Any

import psutil


def this_process() -> dict[str, Any]:
    """Return what names this process: a later one may have its number."""
    return {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "since": psutil.Process().create_time(),
    }


def is_of_this_machine(owner: Mapping[str, Any]) -> bool:
    """Whether a process is, or was, one of this machine."""
    return bool(owner["host"] == socket.gethostname())


def runs(owner: Mapping[str, Any]) -> bool:
    """Whether a process of this machine still runs.

    Example:
        >>> runs(this_process()), runs({**this_process(), "since": 0.0})
        (True, False)
    """
    try:
        return abs(psutil.Process(owner["process"]).create_time() - owner["since"]) <= 1
    except psutil.NoSuchProcess:
        return False
