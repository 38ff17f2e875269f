"""Provenance of a set's images for its manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.manifest import card_for
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


def said(**texts: str | None) -> dict[str, str]:
    """Return the given texts, stripped.

    Raises:
        UsageError: One is empty.
    """
    stripped = {name: text.strip() for name, text in texts.items() if text is not None}
    if empty := [name for name, text in stripped.items() if not text]:
        raise UsageError(f"{empty[0]} is empty; give a text, or leave it out")
    return stripped


def manifest_facts(context: "Context", trainer: Any, folder: Path) -> dict[str, Any]:
    """Return the provenance of the images for the manifest."""
    import platform
    from importlib import metadata

    versions = {"python": platform.python_version()}
    for package in ("ganaug", "torch", "numpy", "pillow", "albumentations"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    imported = context.imported_networks
    return {
        **fitted_facts(context),
        **(card_for(context.card.for_manifest(), folder) if context.has_real else {}),
        **({"trained_with": list(imported)} if imported else {}),
        "seed": context.seed,
        "real_fingerprint": context.fingerprint,
        "device": trainer.strategy.root_device.type,
        "versions": versions,
    }


def fitted_facts(context: "Context") -> dict[str, Any]:
    """Return the facts about the model for the manifest, if there is a model."""
    if (checkpoint := context.checkpoint) is None:
        return {}
    checkpoint_facts = {"file": checkpoint.path.name, "sha256": checkpoint.sha256}
    sources = {"source_counts": context.counts} if context.sources else {}
    return {"checkpoint": checkpoint_facts, "model": context.card.model, **sources}
