"""Owners of jobs: the processes that do them, and whether they are still running."""

import os
import socket
from collections.abc import Mapping
from typing import Any

import psutil


def this_process() -> dict[str, Any]:
    """Return what identifies this process; process numbers alone can be reused."""
    return {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "since": psutil.Process().create_time(),
    }


def is_of_this_machine(owner: Mapping[str, Any]) -> bool:
    """Whether a process runs, or ran, on this machine."""
    return bool(owner["host"] == socket.gethostname())


def runs(owner: Mapping[str, Any]) -> bool:
    """Whether a process of this machine is still running.

    Example:
        >>> runs(this_process()), runs({**this_process(), "since": 0.0})
        (True, False)
    """
    try:
        return abs(psutil.Process(owner["process"]).create_time() - owner["since"]) <= 1
    except psutil.NoSuchProcess:
        return False
