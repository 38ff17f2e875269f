"""Another shape of a finished folder: WebDataset shards, and the way back to files."""

import csv
import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from ganaug.synthesis.writer.described import describe_again
from ganaug.synthesis.writer.failures import naming_failures
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import parse_json

PER_SHARD = 1000


def write_shards(folder: Path, out: Path, per_shard: int = PER_SHARD) -> list[Path]:
    """Write a finished folder's images as WebDataset shards.

    `out/shard-000000.tar` and so on hold, for each image, the file, `.cls` (the class's index) and
    `.json` (its row); `wds.WebDataset(...).decode("pil").to_tuple("png", "cls")` reads them. The
    same images give the same bytes.

    Args:
        folder: A folder that `expand` made.
        out: Where the shards go.
        per_shard: Images in a shard.

    Raises:
        UsageError: Something can't be written.
    """
    shards: list[Path] = []
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        while rows := list(islice(table, per_shard)):
            path = out / f"shard-{len(shards):06d}.tar"
            with (
                naming_failures(path),
                atomic_open(path) as whole,
                tarfile.open(fileobj=whole, mode="w") as shard,
            ):
                for member, content in _members(folder, rows):
                    info = tarfile.TarInfo(member)
                    info.size = len(content)
                    shard.addfile(info, io.BytesIO(content))
            shards.append(path)
    return shards


def _members(folder: Path, rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        file = Path(row["file_name"])
        # A key ends at its first dot.
        key = f"{file.parent.name}%2F{file.stem}".replace(".", "%2E")
        yield f"{key}{file.suffix}", (folder / file).read_bytes()
        yield f"{key}.cls", row["class_index"].encode()
        yield f"{key}.json", json.dumps(row, ensure_ascii=False, sort_keys=True).encode()


def in_shards(folder: Path) -> None:
    """Turn a finished folder's `images/` into shards beside its rows and manifest.

    Done twice it changes nothing; stopped between, it goes on.

    Raises:
        UsageError: There are other files in `images/`, which no shard would hold.
    """
    images, spent = folder / "images", folder / ".images"
    if images.is_dir():
        if others := _others(folder):
            raise UsageError(
                f"{len(others)} files in {images} are not of this set and would be lost, such as "
                f"{others[0]}: move them elsewhere, and give the same command again"
            )
        write_shards(folder, folder)
        describe_again(folder)
        images.replace(spent)
    shutil.rmtree(spent, ignore_errors=True)


def _others(folder: Path) -> list[Path]:
    """Return the files in `images/` that no row names."""
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as file:
        named = {row["file_name"] for row in csv.DictReader(file)}
    there = (path for path in (folder / "images").rglob("*") if path.is_file())
    return sorted(path for path in there if path.relative_to(folder).as_posix() not in named)


def shard_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Read the images in a folder's shards: each file's name in its rows, and its bytes."""
    for path in sorted(folder.glob("shard-*.tar")):
        try:
            yield from _images_of(path)
        except (tarfile.TarError, ValueError, TypeError, KeyError, EOFError):
            # What follows in it can't be read, and counts as missing.
            yield path.name, b""


def _images_of(path: Path) -> Iterator[tuple[str, bytes]]:
    # By tarfile: the webdataset library, which is optional, skips damaged members with a warning,
    # and `verify` must name them.
    with tarfile.open(path) as shard:
        image = b""
        for member in shard:
            file = shard.extractfile(member)
            content = file.read() if file else b""
            if member.name.endswith(".json"):
                yield parse_json(content, member.name)["file_name"], image
            elif not member.name.endswith(".cls"):
                image = content


def is_sharded(folder: Path) -> bool:
    """Whether a folder holds its images in shards, as `in_shards` leaves it."""
    return not (folder / "images").is_dir() and any(folder.glob("shard-*.tar"))


def extract_shards(folder: Path, place: Path) -> None:
    """Write the images in a folder's shards as files, with the rows and the manifest.

    Args:
        folder: The folder with the shards.
        place: The folder to write.

    Raises:
        UsageError: A shard can't be read, or names a file outside of `images/`.
    """
    for name in ("metadata.csv", "manifest.json"):
        if (folder / name).is_file():
            shutil.copy(folder / name, place)
    for name, content in shard_members(folder):
        parts = PurePosixPath(name).parts
        # Shards may come from anywhere, and must not write elsewhere.
        if len(parts) != 3 or parts[0] != "images" or ".." in parts:
            raise UsageError(f"{folder}: the shards can't be read, or hold {name!r}")
        file = Path(place, *parts)
        with naming_failures(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
