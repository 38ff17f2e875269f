"""The data card: what a synthetic set is, what it is not for, and its figures."""

import json
from collections.abc import Mapping
from typing import Any


def data_card(manifest: Mapping[str, Any]) -> str:
    """Write the `README.md` of a folder, for people and for the Hugging Face hub.

    Args:
        manifest: What `manifest.json` is to hold.
    """
    counts, filters = manifest["counts"], manifest["passed"]
    made = ", ".join(source for source in manifest["sources"] if source != "real") or "nothing"
    lines = [
        "---",
        "task_categories: [image-classification]",
        *(
            [f"license: {json.dumps(_line(manifest['license']).lower())}"]
            if "license" in manifest
            else []
        ),
        "tags: [synthetic]",
        "---",
        "",
        "# Synthetic images",
        "",
        f"{sum(counts['synthetic'].values()):,} images made by {made}, and "
        f"{sum(counts['real'].values()):,} real ones beside them. `metadata.csv` has a row for "
        "each file; `manifest.json` has what it takes to make them again, and",
        "`python tools/synthesize.py --verify DIR` checks the files against it.",
        "",
        f"- model: `{manifest.get('model', 'none')}`, checkpoint SHA-256 "
        f"`{manifest.get('checkpoint', {}).get('sha256', 'none')}`",
        f"- seed: {manifest.get('seed', 'none')}",
        *(f"- {name}: {_line(manifest[key])}" for key, name in SAID.items() if key in manifest),
        *_marks(manifest.get("marks") or {}),
        "",
        "| class | synthetic | real | wanting | tried |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in manifest["class_names"]:
        cells = (
            counts["synthetic"].get(name, 0),
            counts["real"].get(name, 0),
            manifest["short"].get(name, 0),
            filters.get(name, {}).get("tried", 0),
        )
        lines.append(f"| {_cell(name)} | {' | '.join(map(str, cells))} |")
    lines += ["", *_filters(filters), *NOT_FOR]
    return "\n".join(lines) + "\n"


SAID = {"license": "license", "source_note": "real images"}
NOT_FOR = (
    "## What it is not for",
    "",
    "- Testing: a score on synthetic images says nothing about real ones. Keep real images apart,",
    "  those that the generator was fitted on too.",
    "- Standing for the real distribution: a generative model draws some kinds of image too often",
    "  and others never. Measure it (`python tools/evaluate.py`) before training on it.",
    "- Privacy: images can be copies of training images. The filter `memorized` and the evaluation",
    "  look for near ones; neither is a guarantee.",
    "- Filling up small classes alone: a classifier may learn that what looks synthetic is the",
    "  small class. Give every class the same share (`synthetic_fraction`).",
)


def _marks(marks: Mapping[str, str]) -> list[str]:
    terms = ", ".join(f"{term} ({method})" for method, term in marks.items())
    return [f"- IPTC DigitalSourceType in the XMP of each file: {terms}"] if terms else []


def _filters(filters: Mapping[str, Mapping[str, int]]) -> list[str]:
    names = sorted({name for seen in filters.values() for name in seen} - {"tried"})
    if not names:
        return []
    lines = [
        "Share of the images tried that passed each filter:",
        "",
        f"| class | {' | '.join(names)} |",
        "| --- |" + " --- |" * len(names),
    ]
    for name, seen in filters.items():
        shares = [f"{seen.get(each, 0) / seen['tried']:.1%}" for each in names]
        lines.append(f"| {_cell(name)} | {' | '.join(shares)} |")
    return [*lines, ""]


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(name: str) -> str:
    return name.replace("|", "\\|").replace("\n", " ")
