"""Sets at fsspec addresses: copied as a whole, never overwriting anything."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ganaug.synthesis.manifest import parse_manifest, read_manifest
from ganaug.utils.atomic_files import is_partial
from ganaug.utils.errors import UsageError, one_line
from ganaug.utils.folder_lock import LOCK
from ganaug.utils.places import public_address

# File that marks an address to which a set is being copied.
MARK = ".unfinished"
# File systems that would create, and bill, a new bucket if the name has a typo.
OF_BUCKETS = {"s3", "gs", "abfs"}


def is_address(out: str) -> bool:
    """Whether an output is an address such as s3://bucket/set, rather than a folder."""
    return "://" in str(out)


def upload(folder: Path, address: str) -> int:
    """Copy a finished folder to an address, its manifest last.

    Args:
        folder: The folder.
        address: Address such as `s3://bucket/set` or `memory://set`. It is refused if it holds
            anything but this set in the same layout.

    Returns:
        Number of files copied; 0 if the finished set is already there.

    Raises:
        UsageError: The address can't be reached or written to, or holds another set or this one
            in another layout.
    """
    from ganaug.synthesis.writer.webdataset import is_sharded

    system, root = reach(address)
    address = public_address(address)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _is_of_set(path))
    targets = [f"{root}/{file.relative_to(folder).as_posix()}" for file in files]
    with naming_failures_at(address):
        _check_layout(system, root, address, is_sharded(folder))
        if system.exists(f"{root}/manifest.json"):
            _check_same(folder, system.cat_file(f"{root}/manifest.json"), address)
            _unmark(system, root)
            return 0
        _mark(system, root, folder, address)
        for directory in sorted({target.rpartition("/")[0] for target in targets}):
            system.makedirs(directory, exist_ok=True)
        for file, target in zip(files, targets, strict=True):
            system.put_file(str(file), target)
        system.put_file(str(folder / "manifest.json"), f"{root}/manifest.json")
        _unmark(system, root)
    return len(files) + 1


def download(address: str, folder: Path) -> None:
    """Copy the finished set at an address to a folder.

    Raises:
        UsageError: The address can't be reached, or holds no finished set.
    """
    system, root = _system(address)
    address = public_address(address)
    try:
        if not system.exists(f"{root}/manifest.json"):
            raise UsageError(f"dataset {address}: there is no finished set")
        for file in system.find(root):
            target = folder / file.removeprefix(root).lstrip("/")
            if ".." in target.parts:
                raise UsageError(f"dataset {address}: it holds the file {file!r}")
            target.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(file, str(target))
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"cannot read {address}: {one_line(error)}") from error


def reach(address: str, *, sharded: bool | None = None) -> tuple[Any, str]:
    """Return an address's file system and path, without writing anything.

    It is also called before a set is made, so that a typo doesn't cost hours of work.

    Args:
        address: Address such as `s3://bucket/set`.
        sharded: Whether the set will be in shards or in folders; None for either.

    Raises:
        UsageError: fsspec is missing or does not know the address, the bucket doesn't exist, the
            address holds something else or a set in the other layout, or the server is unreachable.
    """
    system, root = _system(address)
    address = public_address(address)
    with naming_failures_at(address):
        if _has_buckets(system):
            _check_bucket(system, root.partition("/")[0], address)
        begun = any(system.exists(f"{root}/{name}") for name in (MARK, "manifest.json"))
        if not begun and system.exists(root) and system.find(root):
            raise UsageError(f"{address} is not empty; give `out` another address")
        if sharded is not None:
            _check_layout(system, root, address, sharded)
    return system, root


def _is_of_set(path: Path) -> bool:
    """Return whether a file is copied with its set: all but the manifest and leftovers."""
    return path.name not in ("manifest.json", LOCK) and not is_partial(path)


def _check_layout(system: Any, root: str, address: str, sharded: bool) -> None:
    """Refuse shards next to the same images in folders, and the reverse."""
    conflicts = system.exists(f"{root}/images") if sharded else system.glob(f"{root}/shard-*.tar")
    if conflicts:
        other_layout, layout = ("folders", "folder") if sharded else ("shards", "webdataset")
        raise UsageError(
            f"{address} holds a set in {other_layout}; give `layout` {layout}, or `out` another "
            "address"
        )


@contextmanager
def naming_failures_at(address: str) -> Iterator[None]:
    """Turn any failure at an address into a one-line error that names it and the reason.

    Raises:
        UsageError: Replaces the error.
    """
    try:
        yield
    except UsageError:
        raise
    # The file systems' libraries have their own errors, without a common base class.
    except Exception as error:
        raise UsageError(
            f"cannot write {address}: {one_line(error)}. Correct this and run the same command "
            "again"
        ) from error


def _check_bucket(system: Any, bucket: str, address: str) -> None:
    try:
        # Not `exists`, with which s3fs reports an unreachable server as a missing bucket.
        info = bucket and system.info(bucket)
    except FileNotFoundError:
        info = None
    if not info:
        raise UsageError(
            f"out {address}: there is no bucket {bucket!r}; create it, or correct the address"
        )


def _mark(system: Any, root: str, folder: Path, address: str) -> None:
    """Write a marker that identifies the set being copied; refuse a part of another set."""
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest().encode()
    mark = f"{root}/{MARK}"
    if not system.exists(mark):
        system.makedirs(root, exist_ok=True)
        system.pipe_file(mark, digest)
    elif system.cat_file(mark) != digest:
        raise UsageError(f"{address} holds a part of another set; give `out` another address")


def _unmark(system: Any, root: str) -> None:
    if system.exists(f"{root}/{MARK}"):
        system.rm_file(f"{root}/{MARK}")


def _check_same(folder: Path, manifest_text: bytes, address: str) -> None:
    # An unreadable manifest is damaged or of another set, and isn't overwritten either.
    if parse_manifest(manifest_text, f"{address}/manifest.json") != read_manifest(folder):
        raise UsageError(f"{address} holds another set; give `out` another address")


def _has_buckets(system: Any) -> bool:
    names = system.protocol
    return not OF_BUCKETS.isdisjoint([names] if isinstance(names, str) else names)


def _system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"out {public_address(address)}: addresses need fsspec; pip install 'ganaug[remote]'"
        ) from None
    try:
        system, root = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"out {public_address(address)}: {error}") from error
    return system, root.rstrip("/")
