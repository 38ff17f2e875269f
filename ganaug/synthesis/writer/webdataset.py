"""Converting a finished folder to WebDataset shards, and back to files."""

import io
import json
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple

from datamodules.console import say
from datamodules.reading.images.header import check_bytes
from ganaug.synthesis.manifest import rows_of
from ganaug.synthesis.writer.described import describe_again
from ganaug.synthesis.writer.failures import naming_failures
from ganaug.synthesis.writer.files import SUFFIXES, kind_of
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import parse_json

PER_SHARD = 1000
SHARD = r"shard-\d{6,}\.tar"


def write_shards(folder: Path, out: Path, per_shard: int = PER_SHARD) -> list[Path]:
    """Write a finished folder's images as WebDataset shards.

    `out/shard-000000.tar` and so on hold, for each image, its file, `.cls` (the class index) and
    `.json` (its row); `wds.WebDataset(...).decode("pil").to_tuple("png", "cls")` reads them. The
    same images give the same bytes.

    Args:
        folder: A folder that `expand` made.
        out: Folder for the shards.
        per_shard: Images per shard.

    Raises:
        UsageError: A file can't be read or written.
    """
    shards: list[Path] = []
    table = iter(rows_of(folder))
    while rows := list(islice(table, per_shard)):
        path = out / f"shard-{len(shards):06d}.tar"
        with (
            naming_failures(path),
            atomic_open(path) as file,
            tarfile.open(fileobj=file, mode="w") as shard,
        ):
            for member, content in _members(folder, rows):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                shard.addfile(info, io.BytesIO(content))
        shards.append(path)
    return shards


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{file}, which metadata.csv names, can't be read ({error.strerror}); put the file "
            "back, or make the set again"
        ) from error


def _members(folder: Path, rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        member = member_of(row["file_name"])
        key = member.partition(".")[0]
        yield member, _content(folder / row["file_name"])
        yield f"{key}.cls", row["class_index"].encode()
        yield f"{key}.json", json.dumps(row, ensure_ascii=False, sort_keys=True).encode()


def member_of(file_name: str) -> str:
    """Return the name of an image in a shard; its key ends at the first dot.

    Loaders use the suffix as a column, so each format has a single suffix.

    Example:
        >>> member_of("images/a.b/000001.png"), member_of("images/a/real_000001.jpeg")
        ('a%2Eb%2F000001.png', 'a%2Freal_000001.jpg')
    """
    file = PurePosixPath(file_name)
    suffix = SUFFIXES.get(kind_of(file_name), file.suffix)
    return f"{file.parent.name}%2F{file.stem}".replace(".", "%2E") + suffix


def in_shards(folder: Path) -> None:
    """Convert a finished folder's `images/` to shards next to its rows and manifest.

    A second call has no effect; after an interruption, it resumes.

    Raises:
        UsageError: There are other files in `images/`, which would be lost.
    """
    images, converted = folder / "images", folder / ".images"
    if images.is_dir():
        if unlisted := _unlisted_files(folder):
            raise UsageError(
                f"{len(unlisted)} files in {images} are not part of this set and would be lost, "
                f"such as {unlisted[0]}: move them elsewhere, and run the same command again"
            )
        write_shards(folder, folder)
        describe_again(folder)
        images.replace(converted)
    shutil.rmtree(converted, ignore_errors=True)


def drop_shards(folder: Path) -> None:
    """Delete the shards that an interrupted `in_shards` left next to `images/`."""
    shards = [path for path in folder.glob("shard-*.tar") if re.fullmatch(SHARD, path.name)]
    for path in shards:
        path.unlink()
    if shards:
        say(f"{len(shards)} shards deleted, which an interrupted conversion left in {folder}")
        describe_again(folder)


def _unlisted_files(folder: Path) -> list[Path]:
    """Return the files in `images/` that no row names."""
    listed_names = {row["file_name"] for row in rows_of(folder)}
    paths = (path for path in (folder / "images").rglob("*") if path.is_file())
    return sorted(path for path in paths if path.relative_to(folder).as_posix() not in listed_names)


class Sample(NamedTuple):
    """An image in a shard, with its row.

    Attributes:
        name: Name of the image's file in the rows; without a row, its name in the shard.
        content: Content of the file.
        member: Name of the image in the shard.
        row: Row of the image in the shard, with the class from `.cls`.
    """

    name: str
    content: bytes
    member: str = ""
    row: Mapping[str, Any] = MappingProxyType({})


def shard_members(folder: Path) -> Iterator[Sample]:
    """Read the images in a folder's shards."""
    for path in sorted(folder.glob("shard-*.tar")):
        try:
            yield from _samples_of(path)
        except (tarfile.TarError, ValueError, TypeError, KeyError, EOFError):
            # The rest of the shard is unreadable, and its images count as missing.
            yield Sample(path.name, b"")


def _samples_of(path: Path) -> Iterator[Sample]:
    # With tarfile: the optional webdataset library skips damaged members with a warning, but
    # `verify` must name them.
    # Without compression, since a small file could fill the memory.
    with tarfile.open(path, "r:") as shard:
        for key, members in groupby(_files_in(shard), lambda member: member.name.partition(".")[0]):
            files = [
                (member.name.removeprefix(key), shard.extractfile(member)) for member in members
            ]
            parts = {ending: file.read() if file else b"" for ending, file in files}
            if len(parts) < len(files):
                raise ValueError(f"{key} has a file twice")
            row = parse_json(parts.pop(".json", b"{}"), key)
            full_row = {**row, "class_index": parts.pop(".cls", b"").decode()}
            for ending, content in parts.items():
                name = str(row.get("file_name", f"{key}{ending}"))
                yield Sample(name, content, f"{key}{ending}", full_row)


def _files_in(shard: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in shard:
        if not member.isreg() or member.issparse():
            raise ValueError(f"{member.name} is not a plain file")
        check_bytes(member.size, member.name)
        yield member


def is_sharded(folder: Path) -> bool:
    """Whether a folder holds its images in shards, as `in_shards` leaves it."""
    return not (folder / "images").is_dir() and any(folder.glob("shard-*.tar"))


def extract_shards(folder: Path, out: Path) -> None:
    """Write the images in a folder's shards as files, with the rows and the manifest.

    Args:
        folder: The folder with the shards.
        out: The folder to write.

    Raises:
        UsageError: A shard can't be read, or names a file outside of `images/`.
    """
    for name in ("metadata.csv", "manifest.json"):
        if (folder / name).is_file():
            shutil.copy(folder / name, out)
    for name, content, *_ in shard_members(folder):
        parts = PurePosixPath(name).parts
        # Shards are untrusted, and must not write outside of the folder.
        if len(parts) != 3 or parts[0] != "images" or ".." in parts or "\0" in name:
            raise UsageError(f"{folder}: the shards can't be read, or hold {name!r}")
        file = Path(out, *parts)
        with naming_failures(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
