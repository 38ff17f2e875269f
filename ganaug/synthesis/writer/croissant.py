"""croissant.json: a description of a set in the Croissant format of MLCommons.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = "croissant.json"
# mlcroissant opens only these types; WebP is declared as PNG, which Pillow then reads.
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": ["image/webp", "image/png"]}
# Columns of metadata.csv.
ROWS = ("file_name", "label", "origin", "method", "sha256")
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "citeAs": "cr:citeAs",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in (
            *("column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
            *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5"),
            *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace"),
            *("samplingRate", "separator", "source", "subField", "transform"),
        )
    },
}


def croissant(manifest: Mapping[str, Any], shards: Mapping[str, str], url: str = "") -> str:
    """Return the text of a set's croissant.json; the same set gives the same bytes.

    A record has an image, its label (the name of the class's folder) and its file. In shards, dots
    in labels are %2E, as in WebDataset's keys.

    Args:
        manifest: The set's manifest.
        shards: SHA-256 of each shard by its name; {} for images in folders.
        url: Address at which the set is published.
    """
    counts = {origin: sum(by_class.values()) for origin, by_class in manifest["counts"].items()}
    real = f" and {counts['real']:,} real" if counts.get("real") else ""
    methods = ", ".join(name for name in manifest["sources"] if name != "real")
    description = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "synthetic-images",
        "description": (
            f"{counts['synthetic']:,} synthetic{real} images of {len(manifest['class_names'])} "
            f"classes, made by ganaug ({methods})."
        ),
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "keywords": ["synthetic", "ganaug"],
        "version": "1.0.0",
        **({"license": manifest["license"]} if "license" in manifest else {}),
        **({"url": url} if url else {}),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "metadata",
                "name": "metadata.csv",
                "contentUrl": "metadata.csv",
                "encodingFormat": "text/csv",
                "sha256": manifest["metadata_sha256"],
            },
            *(part for name, digest in shards.items() for part in _shard(name, digest)),
            _images(manifest, shards),
        ],
        "recordSet": [_records(bool(shards)), _rows()],
    }
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def shards_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each of a folder's shards, by name."""
    digests = {}
    for path in sorted(folder.glob("shard-*.tar")):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _shard(name: str, digest: str) -> list[dict[str, Any]]:
    """Return the descriptions of a shard and of its content.

    mlcroissant caches extracted files by the URL of the archive (`operations/extract.py`), and
    would confuse sets whose shards have the same names. The URL of the content, which the
    specification resolves relative to the shard, refers to the whole shard and is unique.
    """
    archive = {"@type": "cr:FileObject", "encodingFormat": "application/x-tar"}
    identity = {"@id": name, "name": name, "contentUrl": name, "sha256": digest}
    inside = {
        "@id": _inside(name),
        "name": _inside(name),
        "contentUrl": f"{digest}/..",
        "containedIn": {"@id": name},
    }
    return [archive | identity, archive | inside]


def _inside(shard: str) -> str:
    return f"inside-{shard}"


def _images(manifest: Mapping[str, Any], shards: Mapping[str, str]) -> dict[str, Any]:
    # All members of a shard but .cls and .json, since copies of real images keep their suffixes.
    inside = {"containedIn": [{"@id": _inside(name)} for name in shards], "includes": "*%2F*[!sn]"}
    return {
        "@type": "cr:FileSet",
        "@id": "images",
        "name": "images",
        "encodingFormat": TYPES[manifest.get("format", "png")],
        **(inside if shards else {"includes": "images/*/*"}),
    }


def _records(sharded: bool) -> dict[str, Any]:
    """Return the description of the records; labels come from the path or the member's name."""
    path = {"fileProperty": "fullpath"}
    folder = {"regex": "(.+)%2F" if sharded else "images/([^/]+)/"}
    return {
        "@type": "cr:RecordSet",
        "@id": "images_and_labels",
        "name": "images_and_labels",
        "description": "Each image with its label, the name of the folder of its class.",
        "field": [
            _field("images_and_labels/image", "sc:ImageObject", {"fileProperty": "content"}),
            _field("images_and_labels/label", "sc:Text", path, folder),
            _field("images_and_labels/file", "sc:Text", path),
        ],
    }


def _rows() -> dict[str, Any]:
    """Return the description of the table with a row for each image."""
    table = {"fileObject": {"@id": "metadata"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "rows",
        "name": "rows",
        "description": "A row for each image: how it was made, and the hash of its file.",
        "field": [_field(f"rows/{name}", "sc:Text", {"column": name}, of=table) for name in ROWS],
    }


def _field(
    name: str,
    kind: str,
    extract: Mapping[str, str],
    transform: Mapping[str, str] | None = None,
    of: Mapping[str, Any] = MappingProxyType({"fileSet": {"@id": "images"}}),
) -> dict[str, Any]:
    source = {**of, "extract": dict(extract)}
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name.rpartition("/")[2],
        "dataType": kind,
        "source": source | ({"transform": dict(transform)} if transform else {}),
    }
