"""The folder in which a set is built, and its conversion to shards or copy to an address."""

from pathlib import Path

from datamodules.console import say
from ganaug.synthesis.storage import refuse_inside_a_set
from ganaug.synthesis.writer.remote import is_address, reach, upload
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.errors import UsageError


def working_folder(out: str, work: str | Path | None, layout: str, *, reached: bool = True) -> Path:
    """Return the folder to make the set in: the output itself, or one that is copied to it.

    Args:
        out: The output, a folder or an address.
        work: The folder to work in, for an address.
        layout: folder or webdataset.
        reached: Whether an address is tried now.

    Raises:
        UsageError: An address is given that can't be reached, or no folder to work in.
    """
    if not is_address(out):
        if work is not None:
            raise UsageError("work is read where `out` is an address such as s3://bucket/set")
        refuse_inside_a_set(Path(out))
        return Path(out)
    if work is None:
        raise UsageError(f"out {out} is an address: add `work`, a folder to make the set in")
    if reached:
        reach(out, sharded=layout == "webdataset")
    return Path(work)


def hand_over(folder: Path, out: str, layout: str) -> None:
    """Bring a finished folder into its layout, and to its address.

    Raises:
        UsageError: The set is already in shards, but a folder was requested.
    """
    if layout == "webdataset":
        in_shards(folder)
    elif not (folder / "images").is_dir():
        raise UsageError(f"{folder} is in shards; give `layout` webdataset, or another `out`")
    if is_address(out):
        count = upload(folder, out)
        say(f"{count} files copied to {out}" if count else f"{out} holds the set already")
