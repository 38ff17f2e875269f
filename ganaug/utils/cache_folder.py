"""cache_folder: where this machine keeps trained networks, features and remembered paths."""

import os
import tempfile
from functools import cache
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of the cache: `$GANAUG_CACHE`, or `~/.cache/ganaug`.

    Without a home folder, as for an unknown user of a container, it is a temporary folder of this
    user.
    """
    if path := os.environ.get("GANAUG_CACHE"):
        return Path(path)
    try:
        return Path.home() / ".cache" / "ganaug"
    except RuntimeError:
        return _temporary_folder()


@cache
def _temporary_folder() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"ganaug-cache-{'user' if user is None else user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # Another user could have made the folder, to have files of theirs read.
        if user in (None, folder.lstat().st_uid) and not folder.is_symlink():
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="ganaug-cache-"))
