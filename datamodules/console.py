"""Output to the terminal."""

import sys

from lightning.pytorch.utilities import rank_zero_only

from datamodules.notes import is_new


def is_redrawn() -> bool:
    """Return whether a line of output can be redrawn, as on a terminal or in a notebook."""
    return sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")


@rank_zero_only
def say(message: str) -> None:
    """Print on the first rank; characters that the terminal can't show are escaped."""
    if not is_new(message):
        return
    encoding = sys.stdout.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), flush=True)
