"""The files that describe a finished set: README.md and croissant.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.synthesis.manifest import read_manifest
from ganaug.synthesis.writer.card import data_card, with_figures
from ganaug.synthesis.writer.croissant import FILE, croissant, shards_of
from ganaug.synthesis.writer.failures import write_atomically
from ganaug.utils.atomic_files import partial_file

CARD = "README.md"
# Metrics shown in the card, if measured.
SHOWN = (
    *("fid", "kid", "precision", "recall", "agreement", "memorized", "membership"),
    "membership_tpr",
)


def describe(folder: Path, manifest: Mapping[str, Any], partial: Path) -> None:
    """Write the card and the Croissant description of a set, each atomically.

    Args:
        folder: The set's folder, with images in folders or in shards.
        manifest: Its manifest.
        partial: Folder for unfinished files.
    """
    shards = shards_of(folder)
    texts = {
        CARD: data_card(manifest, sharded=bool(shards)),
        FILE: croissant(manifest, shards),
    }
    for name, text in texts.items():
        content = text.encode(errors="backslashreplace")
        write_atomically(folder / name, content, partial_file(partial / name))


def add_figures(folder: Path) -> None:
    """Write the metrics in the set's metrics.json into its card, replacing earlier ones."""
    card = folder / CARD
    if not card.is_file() or not (folder / "metrics.json").is_file():
        return
    old_text = card.read_text(encoding="utf-8", errors="surrogateescape")
    new_text = with_figures(old_text, figures_of(folder / "metrics.json"))
    if new_text != old_text:
        content = new_text.encode(errors="surrogateescape")
        write_atomically(card, content, partial_file(card))


def figures_of(metrics: Path) -> list[str]:
    """Return a table of an evaluation's metrics, including privacy.

    Raises:
        UsageError: The file is damaged.
    """
    from ganaug.evaluation.result import Evaluation

    evaluation = Evaluation.from_json(metrics)
    rows = []
    for name in SHOWN:
        metric = evaluation.get(name)
        if metric is None or metric.value is None:
            continue
        interval = "{:.3g} to {:.3g}".format(*metric.interval) if metric.interval else ""
        real = f"{metric.real_baseline.value:.3g}" if metric.real_baseline else ""
        rows.append(f"| {name} | {metric.value:.3g} | {interval} | {real} | {metric.features} |")
    if not rows:
        return []
    return [
        "## Metrics",
        "",
        "Measured against held-out real images. `memorized` is the share of copies of training",
        "images; `membership` is how well an attack by distance tells training images from others",
        "(0.5: not at all), `membership_tpr` the share that it finds at 1% false positives.",
        "",
        "| metric | value | 95% interval | real images in their place | features |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def describe_again(folder: Path) -> None:
    """Rewrite the descriptions of a set after conversion to shards, keeping its metrics."""
    if manifest := read_manifest(folder):
        describe(folder, manifest, folder)
        add_figures(folder)
