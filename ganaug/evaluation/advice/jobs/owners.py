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
        "namespace": _namespace(),
        "process": os.getpid(),
        "since": psutil.Process().create_time(),
    }


def runs(owner: Mapping[str, Any]) -> bool | None:
    """Whether a process is still running; None if it can't be looked up from here.

    Example:
        >>> runs(this_process()), runs({**this_process(), "since": 0.0})
        (True, False)
        >>> runs({**this_process(), "host": "elsewhere"})
    """
    # Earlier versions stored no namespace.
    namespace = owner.get("namespace", _namespace())
    if (owner["host"], namespace) != (socket.gethostname(), _namespace()):
        return None
    try:
        return abs(psutil.Process(owner["process"]).create_time() - owner["since"]) <= 1
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return None


def _namespace() -> str:
    """Return the namespace of process numbers, since containers can share a host name."""
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it names no path
    except OSError:  # another system than Linux
        return ""
