"""Output to the terminal."""

import sys

from lightning.pytorch.utilities import rank_zero_only

from datamodules.notes import is_new


def is_redrawn() -> bool:
    """Whether a line of output can be redrawn: on a terminal or in a notebook."""
    return sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")


@rank_zero_only
def say(message: str) -> None:
    """Print on the first rank; characters that the terminal lacks are escaped."""
    if not is_new(message):
        return
    encoding = sys.stdout.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), flush=True)
