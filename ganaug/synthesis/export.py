"""Writing synthetic images as a folder that any trainer can load."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from ganaug.synthesis.draw import Batch
from ganaug.synthesis.naming import folder_name
from ganaug.synthesis.writer import FolderWriter, Row

_REAL_CHUNK = 64


@dataclass(frozen=True)
class RealImages:
    """Real images to lay beside the synthetic ones.

    Attributes:
        images: `[N, channels, image_size, image_size]` uint8.
        labels: `[N]` class indices.
        sources: File that each image was read from, or another name for it.
    """

    images: Tensor
    labels: Tensor
    sources: Sequence[str]


def export(
    batches: Iterable[Batch],
    out: Path,
    *,
    class_names: Sequence[str],
    quotas: Mapping[str, int],
    facts: Mapping[str, Any],
    real: RealImages | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Write synthetic images, and real ones if given, as one folder per class.

    `out/images/<class>/<index>.png` loads with torchvision's ImageFolder and Hugging Face's
    imagefolder; a class without an image has no folder, because both would refuse or miscount
    it. Beside `images/` stand `metadata.csv`, a row for every image, and `manifest.json`, written
    last, so that a folder without it is known to be unfinished.

    Args:
        batches: What `draw` or `translate` yields.
        out: The folder to write; it must not hold anything yet.
        class_names: Class names in the order of the labels.
        quotas: Synthetic images of each class in `batches`.
        facts: What else the manifest is to hold, such as checkpoint and seed; JSON values.
        real: Real images, written under the same classes with the prefix `real_`.
        progress: Whether to show a progress bar.

    Returns:
        The manifest.

    Raises:
        UsageError: `out` holds something already, or can't be written to.
    """
    present = {name for name, count in quotas.items() if count}
    if real is not None:
        present |= {class_names[label] for label in real.labels.unique().tolist()}
    folders = {name: folder_name(name) for name in class_names if name in present}
    total = sum(quotas.values()) + (0 if real is None else len(real.images))
    with (
        FolderWriter(out, folders.values()) as writer,
        tqdm(total=total, unit=" images", desc="synthesize", disable=not progress) as bar,
    ):
        for batch in batches:
            writer.add(batch.images, _synthetic_rows(batch, class_names, folders))
            bar.update(len(batch.images))
        for chunk, rows in _real_chunks(real, class_names, folders):
            writer.add(chunk, rows)
            bar.update(len(chunk))
        counts = writer.finish_images()
        manifest = {
            **facts,
            "plan": dict(quotas),
            "counts": counts,
            "folders": folders,
            "class_names": list(class_names),
            "versions": _versions(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": True,
        }
        writer.finish(manifest)
    return manifest


def _synthetic_rows(
    batch: Batch, class_names: Sequence[str], folders: Mapping[str, str]
) -> list[Row]:
    name = class_names[batch.label]
    count = len(batch.indices)
    seeds = batch.seeds or (None,) * count
    sources = batch.sources or ("",) * count
    return [
        Row(f"images/{folders[name]}/{i:06d}.png", name, batch.label, "synthetic", i, seed, source)
        for i, seed, source in zip(batch.indices, seeds, sources, strict=True)
    ]


def _real_chunks(
    real: RealImages | None, class_names: Sequence[str], folders: Mapping[str, str]
) -> Iterable[tuple[Tensor, list[Row]]]:
    if real is None:
        return
    labels = real.labels.tolist()
    for start in range(0, len(labels), _REAL_CHUNK):
        rows = []
        for i in range(start, min(start + _REAL_CHUNK, len(labels))):
            name = class_names[labels[i]]
            file = f"images/{folders[name]}/real_{i:06d}.png"
            rows.append(Row(file, name, labels[i], "real", i, None, real.sources[i]))
        yield real.images[start : start + _REAL_CHUNK], rows


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("ganaug", "torch", "lightning", "pillow"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions
