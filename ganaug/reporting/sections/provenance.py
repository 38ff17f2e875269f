"""Where the set comes from: the plan, the gates, the model, the data, and how to make it again."""

from collections.abc import Iterator
from typing import Any

from ganaug.reporting.blocks import Block, Section, Table, Text
from ganaug.reporting.figures import flat
from ganaug.reporting.formatting import NOTHING
from ganaug.reporting.inputs import Materials

# Long groups that have a table of their own.
ELSEWHERE = ("counts.", "passed.", "short.", "folders.", "class_names", "card.class_")

NOT_FOR = (
    "The set is for training, beside real images. A score on synthetic images says nothing about "
    "real ones; keep real images apart to test on. No check rules copies out for sure, so where "
    "privacy matters treat the set as if it were the training images."
)


def section(materials: Materials) -> Section:
    """Lay out the plan by class, then every fact of the manifest."""
    blocks: list[Block] = [_plan(materials), _facts(materials), Text(NOT_FOR)]
    return Section("provenance", "The plan and where it comes from", blocks)


def _plan(materials: Materials) -> Table:
    manifest = materials.manifest
    fitted = manifest.get("card", {}).get("class_counts", {})
    passed = manifest.get("passed", {})
    gates = sorted({gate for seen in passed.values() for gate in seen} - {"tried"})
    rows = []
    for name, made in materials.made.items():
        seen = passed.get(name, {})
        real = int(fitted.get(name, 0))
        share = f"{made / (made + real):.0%}" if made + real else NOTHING
        cells = [_count(real), _count(made), share, _count(manifest.get("short", {}).get(name, 0))]
        rows.append([name, *cells, *_gates(seen, gates)])
    heads = [f"passed {gate}" for gate in gates]
    return Table(
        ("class", "real, for training", "synthetic", "share synthetic", "wanting", *heads),
        rows,
        "Real images the model was fitted on, and what was made. The share of synthetic images "
        "should be the same in every class: where it differs, a classifier can learn that what "
        "looks synthetic is of the class that has more of it."
        + (" Gates turn images away; the share that passed stands under each." if gates else ""),
    )


def _gates(seen: dict[str, int], gates: list[str]) -> Iterator[str]:
    tried = seen.get("tried", 0)
    for gate in gates:
        yield f"{seen.get(gate, 0) / tried:.1%}" if tried else NOTHING


def _facts(materials: Materials) -> Table:
    rows = [
        [path, value] for path, value in flat(materials.manifest) if not path.startswith(ELSEWHERE)
    ]
    return Table(
        ("fact", "value"),
        rows,
        "All that decides what the images are, from manifest.json. The checkpoint of this SHA-256 "
        "with this seed makes the same images again; python tools/synthesize.py --verify checks "
        "the files.",
        words=(1,),
    )


def _count(value: Any) -> str:
    return f"{int(value):,}"
