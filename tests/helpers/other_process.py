"""Another process that holds a lock until it is killed."""

import subprocess
import sys
from contextlib import contextmanager

from ganaug.utils.folder_lock import LOCK

HOLD = """
import sys, time
from filelock import FileLock

with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def writes_into(folder, lock=LOCK):
    """Hold a folder's lock in another process, so that `only_writer` sees it as writing there."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-c", HOLD, str(folder / lock)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()
