"""Lines for the person who runs a tool."""

import sys

from lightning.pytorch.utilities import rank_zero_only


def printable(text: str) -> str:
    """Write out what would move the cursor or break the line, as file names may hold it."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )


@rank_zero_only
def say(message: str) -> None:
    """Print on the first rank, whatever characters file names hold."""
    encoding = sys.stdout.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), flush=True)
