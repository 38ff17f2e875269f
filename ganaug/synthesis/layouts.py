"""Other shapes of a finished folder: WebDataset shards, and addresses that fsspec knows."""

import csv
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ganaug.errors import UsageError
from ganaug.synthesis.failures import naming_failures

LayoutName = Literal["folder", "webdataset"]
PER_SHARD = 1000
# Stands at an address while a set is being copied to it.
MARK = ".unfinished"


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
            partial = path.with_suffix(".partial")
            with naming_failures(path):
                with tarfile.open(partial, "w") as shard:
                    for member, content in _members(folder, rows):
                        info = tarfile.TarInfo(member)
                        info.size = len(content)
                        shard.addfile(info, io.BytesIO(content))
                partial.replace(path)
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
    """
    images, spent = folder / "images", folder / ".images"
    if images.is_dir():
        write_shards(folder, folder)
        images.replace(spent)
    shutil.rmtree(spent, ignore_errors=True)


def shard_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Read the images in a folder's shards: each file's name in its rows, and its bytes."""
    for path in sorted(folder.glob("shard-*.tar")):
        try:
            yield from _images_of(path)
        except (tarfile.TarError, ValueError, KeyError, EOFError):
            # What follows in it can't be read, and counts as missing.
            yield path.name, b""


def _images_of(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as shard:
        image = b""
        for member in shard:
            file = shard.extractfile(member)
            content = file.read() if file else b""
            if member.name.endswith(".json"):
                yield json.loads(content)["file_name"], image
            elif not member.name.endswith(".cls"):
                image = content


def is_address(out: str) -> bool:
    """Whether an output is an address such as s3://bucket/set, and not a folder."""
    return "://" in str(out)


def upload(folder: Path, address: str) -> int:
    """Copy a finished folder to an address, its manifest last; return how many files.

    Args:
        folder: The folder.
        address: Such as `s3://bucket/set` or `memory://set`; what is there already is refused
            unless it is this very set, unfinished.

    Raises:
        UsageError: fsspec is missing or does not know the address, another set is there, or
            something can't be written.
    """
    system, root = _system(address)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    try:
        if system.exists(f"{root}/manifest.json"):
            _check_same(folder, json.loads(system.cat_file(f"{root}/manifest.json")), address)
            return 0
        _mark(system, root, folder, address)
        for file in files:
            target = f"{root}/{file.relative_to(folder).as_posix()}"
            system.makedirs(target.rpartition("/")[0], exist_ok=True)
            system.put_file(str(file), target)
        system.put_file(str(folder / "manifest.json"), f"{root}/manifest.json")
        system.rm_file(f"{root}/{MARK}")
    except OSError as error:
        raise UsageError(f"cannot write {address}: {error}; give the command again") from error
    return len(files) + 1


def _mark(system: Any, root: str, folder: Path, address: str) -> None:
    """Lay down what says which set is being copied; refuse a place that holds anything else."""
    own = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest().encode()
    mark = f"{root}/{MARK}"
    if system.exists(mark):
        if system.cat_file(mark) != own:
            raise UsageError(f"{address} holds a part of another set; give --out another address")
    elif system.exists(root) and system.find(root):
        raise UsageError(f"{address} is not empty; give --out another address")
    else:
        system.makedirs(root, exist_ok=True)
        system.pipe_file(mark, own)


def _check_same(folder: Path, there: Mapping[str, Any], address: str) -> None:
    own = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if there != own:
        raise UsageError(f"{address} holds another set; give --out another address")


def _system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"--out {address}: addresses need fsspec; pip install 'ganaug[remote]'"
        ) from None
    try:
        system, root = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"--out {address}: {error}") from error
    return system, root.rstrip("/")
