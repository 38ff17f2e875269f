"""The data card: what a synthetic set is, how to load it, what it is not for, and its metrics."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ganaug.synthesis.writer.pass_rates import filters_in, pass_rate
from ganaug.utils.markdown import plain

FIGURES, END = "<!-- figures -->", "<!-- /figures -->"


def data_card(
    manifest: Mapping[str, Any],
    *,
    sharded: bool = False,
    head: Sequence[str] = (),
    figures: Sequence[str] = (),
) -> str:
    """Return the text of a folder's `README.md`, for people and for the Hugging Face hub.

    Args:
        manifest: The content of `manifest.json`.
        sharded: Whether the images are in shards.
        head: Further lines of the YAML front matter.
        figures: Lines with the results of an evaluation.
    """
    counts = manifest["counts"]
    methods = ", ".join(source for source in manifest["sources"] if source != "real") or "nothing"
    lines = [
        *_front_matter(manifest, head),
        "# Synthetic images",
        "",
        f"{sum(counts['synthetic'].values()):,} images made by {methods}, and "
        f"{sum(counts['real'].values()):,} real ones. `metadata.csv` has a row for each file, "
        "`manifest.json` what it takes to make them again, and `croissant.json` describes the set "
        "for other tools. `ganaug synthesize --verify DIR` checks the files.",
        "",
        f"- model: `{manifest.get('model', 'none')}`, checkpoint SHA-256 "
        f"`{manifest.get('checkpoint', {}).get('sha256', 'none')}`",
        f"- seed: {manifest.get('seed', 'none')}",
        *(f"- {name}: {plain(manifest[key])}" for key, name in SAID.items() if key in manifest),
        *_real(manifest),
        *_marks(manifest.get("marks") or {}),
        "",
        *_classes(manifest),
        *_filters(manifest["passed"]),
        *(IN_SHARDS if sharded else IN_FOLDERS),
        *(FIGURES, *figures, END),
        "",
        *NOT_FOR,
    ]
    return "\n".join(lines) + "\n"


def with_figures(card: str, figures: Sequence[str]) -> str:
    """Return a card with the results of an evaluation inserted, if it has a section for them."""
    above, begin, remainder = card.partition(f"{FIGURES}\n")
    _, end, below = remainder.partition(END)
    return "\n".join([f"{above}{begin}".rstrip("\n"), *figures, end + below]) if end else card


SAID = {"license": "license", "source_note": "real images"}


def _with_datasets(arguments: str) -> tuple[str, ...]:
    """Return lines that load a set with Hugging Face's datasets, by the given arguments."""
    return (
        "With Hugging Face's datasets:",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        f'data = load_dataset({arguments}, split="train")',
        "```",
        "",
    )


IN_FOLDERS = (
    "## Loading it",
    "",
    "A classifier in PyTorch, run from the folder of the set:",
    "",
    "```python",
    "import torch",
    "from torchvision import datasets, transforms",
    "",
    "to_tensor = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()])",
    'data = datasets.ImageFolder("images", to_tensor)',
    "model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, len(data.classes)))",
    "optimizer = torch.optim.Adam(model.parameters())",
    "for images, labels in torch.utils.data.DataLoader(data, batch_size=64, shuffle=True):",
    "    loss = torch.nn.functional.cross_entropy(model(images), labels)",
    "    optimizer.zero_grad()",
    "    loss.backward()",
    "    optimizer.step()",
    "```",
    "",
    # With data_dir, folders with words such as test or valid in their names become other splits.
    *_with_datasets('"imagefolder", data_files={"train": "images/**"}'),
)
IN_SHARDS = (
    "## Loading it",
    "",
    "With webdataset in PyTorch, run from the folder of the set:",
    "",
    "```python",
    "from glob import glob",
    "",
    "import webdataset",
    "",
    'data = webdataset.WebDataset(sorted(glob("shard-*.tar")), shardshuffle=False)',
    'pairs = data.decode("pil").to_tuple("png;jpg;jpeg;webp", "cls")',
    "```",
    "",
    *_with_datasets('"webdataset", data_files="shard-*.tar"'),
)
NOT_FOR = (
    "## What it is not for",
    "",
    "- Testing: a score on synthetic images says nothing about real ones. Keep real images apart,",
    "  those that the generator was fitted on too.",
    "- Standing for the real distribution: a generative model draws some kinds of image too often",
    "  and others never. Measure it (`ganaug evaluate`) before training on it.",
    "- Privacy: images can be copies of training images, or give away what was trained on. The",
    "  filters `memorized` and `private` and the evaluation look for those; none is a guarantee.",
    "- Filling up small classes alone: a classifier may learn that what looks synthetic is the",
    "  small class. Give every class the same share (`synthetic_fraction`).",
)


def _front_matter(manifest: Mapping[str, Any], head: Sequence[str]) -> list[str]:
    lines = ["---", "task_categories: [image-classification]"]
    if "license" in manifest and not head:
        lines.append(f"license: {_quoted(manifest['license'])}")
    return [*lines, "tags: [synthetic, ganaug]", *head, "---", ""]


def _real(manifest: Mapping[str, Any]) -> list[str]:
    """Return lines about the real images, and whether groups of them were kept together."""
    card = manifest.get("card") or {}
    counts = card.get("class_counts")
    # The images of another program were not made from these real images.
    if not counts or not {*manifest["sources"]} - {"folder", "real"}:
        return []
    groups = ((card.get("data") or {}).get("init_args") or {}).get("groups")
    grouping = "; images of one group (a patient, a part) are in one split" if groups else ""
    fitted = "the model was fitted on " if manifest.get("model") else "training images: "
    lines = [f"- {fitted}{_counted(counts)}{grouping}"]
    if source_counts := manifest.get("source_counts"):
        lines.append(f"- made from {_counted(source_counts)} that the model was given (`sources`)")
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return f"{sum(counts.values()):,} real images of {len(counts)} classes"


def _marks(marks: Mapping[str, str]) -> list[str]:
    terms = ", ".join(f"{term} ({method})" for method, term in marks.items())
    return [f"- IPTC DigitalSourceType in the XMP of each file: {terms}"] if terms else []


def _classes(manifest: Mapping[str, Any]) -> list[str]:
    lines = [
        "| class | synthetic | real | missing | tried |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in manifest["class_names"]:
        cells = (
            manifest["counts"]["synthetic"].get(name, 0),
            manifest["counts"]["real"].get(name, 0),
            manifest["short"].get(name, 0),
            manifest["passed"].get(name, {}).get("tried", 0),
        )
        lines.append(f"| {plain(name)} | {' | '.join(map(str, cells))} |")
    return [*lines, ""]


def _filters(filters: Mapping[str, Mapping[str, int]]) -> list[str]:
    if not (names := filters_in(filters)):
        return []
    lines = [
        "Share of the images that passed each filter, of those that it looked at:",
        "",
        f"| class | {' | '.join(names)} |",
        "| --- |" + " --- |" * len(names),
    ]
    for name, counts in filters.items():
        rates = [pass_rate(counts, filter_name) for filter_name in names]
        shares = ["-" if rate is None else f"{rate:.1%}" for rate in rates]
        lines.append(f"| {plain(name)} | {' | '.join(shares)} |")
    return [*lines, ""]


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()).lower(), ensure_ascii=False)
