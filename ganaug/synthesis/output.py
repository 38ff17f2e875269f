"""The folder in which a set is built, and its conversion to shards or copy to an address."""

from dataclasses import dataclass
from pathlib import Path

from datamodules.console import say
from ganaug.synthesis.storage import refuse_inside_a_set
from ganaug.synthesis.writer.remote import is_address, reach, upload
from ganaug.synthesis.writer.webdataset import drop_shards, in_shards
from ganaug.utils.errors import UsageError
from ganaug.utils.places import public_address


@dataclass(frozen=True)
class Output:
    """Destination and layout of a set.

    Attributes:
        out: A folder, or an address.
        layout: folder or webdataset.
        folder: Folder in which the set is built: `out`, or one that is then copied to the address.
    """

    out: str
    layout: str
    folder: Path

    @classmethod
    def of(
        cls, out: str, layout: str, work: str | Path | None, *, reached: bool = True
    ) -> "Output":
        """Return an output after checking its settings.

        Args:
            out: A folder, or an address.
            layout: folder or webdataset.
            work: Folder in which a set for an address is built.
            reached: Whether to connect to an address now.

        Raises:
            UsageError: An address can't be reached or has no `work`, `work` is given without an
                address, or the folder is inside another set.
        """
        if not is_address(out):
            if work is not None:
                raise UsageError(
                    "work is only for an `out` that is an address such as s3://bucket/set"
                )
            refuse_inside_a_set(Path(out))
            return cls(out, layout, Path(out))
        if work is None:
            raise UsageError(
                f"out {public_address(out)} is an address: add `work`, a folder to make the set in"
            )
        if reached:
            reach(out, sharded=layout == "webdataset")
        return cls(out, layout, Path(work))

    def hand_over(self) -> None:
        """Convert the finished folder to its layout, and copy it to its address.

        Raises:
            UsageError: The set is already in shards, but a folder was requested.
        """
        folder, out = self.folder, self.out
        if self.layout == "webdataset":
            in_shards(folder)
        elif not (folder / "images").is_dir():
            raise UsageError(f"{folder} is in shards; give `layout` webdataset, or another `out`")
        else:
            drop_shards(folder)
        if is_address(out):
            count = upload(folder, out)
            shown = public_address(out)
            say(f"{count} files copied to {shown}" if count else f"{shown} holds the set already")
