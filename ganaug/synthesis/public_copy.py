"""The public copy of a set: its images, with rows and a manifest that don't name real files."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from datamodules.reading.tables.table_files import is_pattern
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.manifest import rows_of
from ganaug.synthesis.writer.card import data_card
from ganaug.synthesis.writer.croissant import croissant
from ganaug.synthesis.writer.described import figures_of

LOCAL = ("from_set", "elsewhere")
# Columns of metadata.csv that name real images, which may identify patients, or rank the public
# images by their closeness to one.
OF_REAL_FILES = ("source", "nearest", "distance", "inversion_error")
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
# License identifiers of the hub that suit images.
LICENSES = frozenset(
    (
        *("apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "unlicense", "wtfpl", "cc"),
        *("cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0"),
        *("cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0"),
        *("cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0"),
        *("cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0"),
        *("odbl", "pddl", "odc-by", "openrail", "gpl-3.0", "lgpl-3.0", "agpl-3.0"),
    )
)


def public_copy(
    dataset: SyntheticDataset, license_name: str, pretty_name: str, url: str
) -> dict[str, Path | bytes]:
    """Return the files to publish by name, each as a path or its content.

    Args:
        dataset: A set that `synthesize` wrote, in folders or in shards.
        license_name: License of the set.
        pretty_name: Display name of the set.
        url: Address at which it will be published.
    """
    folder = dataset.images_folder.parent
    rows = rows_of(folder)
    text = _table(rows)
    manifest = public_manifest(dataset.manifest or {}) | {
        "license": license_name,
        "metadata_sha256": hashlib.sha256(text).hexdigest(),
    }
    metrics = dataset.results_folder / "metrics.json"
    card = data_card(
        manifest,
        head=front_matter(license_name, pretty_name, len(rows)),
        figures=figures_of(metrics) if metrics.is_file() else (),
    )
    manifest_text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return {
        **{row["file_name"]: folder / row["file_name"] for row in rows},
        "metadata.csv": text,
        "manifest.json": manifest_text.encode(errors="backslashreplace"),
        "croissant.json": croissant(manifest, {}, url).encode(errors="backslashreplace"),
        "README.md": card.encode(errors="backslashreplace"),
    }


def public_manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest in which only the last names of paths on this machine remain.

    Example:
        >>> public_manifest({"card": {"data": {"init_args": {"root": "../photos", "test": 0.1}}}})
        {'card': {'data': {'init_args': {'root': 'photos', 'test': 0.1}}}}
    """
    from datamodules.reading.images.reader import PATHS

    public = {name: value for name, value in manifest.items() if name not in LOCAL}
    data = (public.get("card") or {}).get("data") or {}
    if not (settings := data.get("init_args")):
        return public
    public_settings = {
        name: PurePath(value).name if name in PATHS and _is_place(value) else value
        for name, value in settings.items()
    }
    return {**public, "card": {**public["card"], "data": {**data, "init_args": public_settings}}}


def _is_place(value: Any) -> bool:
    return isinstance(value, str) and not is_pattern(value)


def front_matter(license_name: str, pretty_name: str, images: int) -> list[str]:
    """Return the lines of a card's front matter that the hub reads."""
    is_listed = license_name.lower() in LICENSES
    size = next((name for limit, name in SIZES if images < limit), "n>1M")
    name_lines = (
        [] if is_listed else [f"license_name: {json.dumps(license_name, ensure_ascii=False)}"]
    )
    return [
        f"license: {license_name.lower() if is_listed else 'other'}",
        *name_lines,
        f"pretty_name: {json.dumps(pretty_name, ensure_ascii=False)}",
        f"size_categories: [{size}]",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: images/**",
    ]


def _table(rows: list[dict[str, str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    blank = dict.fromkeys((name for name in OF_REAL_FILES if name in rows[0]), "")
    writer.writerows(row | blank for row in rows)
    return stream.getvalue().encode()
