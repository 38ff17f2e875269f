"""The file of figures that a program reads.

`metrics.json` holds:

- `writer`, `command`, `seed`, `versions`; `real`, `fingerprint`: what the real images are;
  `features`: the feature network and how its training went.
- `figures`: a list of FID, KID, IS, MIFID, precision, recall, density, coverage, modes covered,
  modes off and AUC, each an object with `name`, `label` (the name with that of the feature network,
  which only Inception's figures do without), `features`, `value` (null where there are too few
  images, and then `reason` says how many it takes), `interval` (`[low, high]`, 95%, or null),
  `spread` (over subsets or splits, or null), `n_real`, `n_synthetic`, `floor` (the same figure of
  real images in the place of the synthetic ones: `value`, `spread` over `draws` draws of `n`, null
  of a single draw; or null) and `reason`.
- `by_class`: by class and name, KID, precision, recall, density, coverage and AUC as objects of the
  same kind.
- `overlap`, `real_overlap`: in short, the values and the floors of precision, recall, density and
  coverage; null where there are none.
- `agreement`: how often labels hold, over all and `per_class`, beside `real_overall` and
  `real_per_class`; how many images the judge reads as each class (`read_as`), and the effective
  number of classes asked for and read (`classes_asked`, `classes_read`). `interval` and
  `interval_per_class` are those of the shares, 95%.
- `memorization`: shares of `copies` and `nearer` ones with `p_value`, `threshold`, `n`,
  `n_held_out`, the name of the network that told them (`features`), and the `interval` of the share
  of copies; null where they can't be told, and then `memorization_missing` says why;
  `memorization_by_class`: the same by class, where 20 of the class are held out.
- `distances`: the 0th to 100th percentile of the distance to the nearest training image, of the
  `synthetic` images and of the `held_out` real ones; null where copies can't be told.
- `closest`: the pairs of a synthetic and a training image that are closest, each with `synthetic`
  and `training` (files), `distance` (1: as far as the five next nearest training images are on
  average) and `copy`; `pictures`: files beside this one, by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ganaug.evaluation.memorization.detector import Memorization, Pair
from ganaug.evaluation.metrics.agreement import Agreement
from ganaug.evaluation.metrics.registry import OVERLAP
from ganaug.evaluation.metrics.result import Figure, share_interval
from ganaug.utils.atomic_files import write_json
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json

WRITER = "ganaug tools/evaluate.py"


@dataclass(frozen=True)
class Findings:
    """All that an evaluation found.

    Attributes:
        figures: Over all images.
        agreed: Whether labels hold.
        by_class: Figures of the images of each class.
        memorized: Copies of training images; None where they can't be told.
        not_memorized: Why they can't.
        memorized_by_class: The same of each class where it can be told.
        distances: Percentiles of distances to the nearest training image, of either kind.
        closest: The images that are closest to a training image.
    """

    figures: Sequence[Figure]
    agreed: Agreement
    by_class: Mapping[str, Sequence[Figure]] = field(default_factory=dict)
    memorized: Memorization | None = None
    not_memorized: str = ""
    memorized_by_class: Mapping[str, Memorization] = field(default_factory=dict)
    distances: Mapping[str, Sequence[float]] = field(default_factory=dict)
    closest: Sequence[Pair] = ()


def check_metrics_file(path: Path) -> None:
    """See to it that `write_metrics` would overwrite nothing but its own.

    Raises:
        UsageError: The path is taken by something else, or its folder is missing.
    """
    if not path.parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {path.parent}.")
    written = _written(path)
    if path.exists() and written.get("writer") != WRITER:
        raise UsageError(f"{path} is not a file of this tool's; give --out another name.")
    picture = picture_file(path)
    if picture.exists() and not written.get("pictures"):
        raise UsageError(f"{picture} is in the way of a picture; move it, or give another --out.")


def picture_file(path: Path) -> Path:
    """Return where the picture of the closest pairs goes, beside the metrics."""
    return path.with_name("closest.png" if path.stem == "metrics" else f"{path.stem}-closest.png")


def write_metrics(path: Path, found: Findings, facts: Mapping[str, Any]) -> None:
    """Write everything as JSON, whole or not at all.

    Raises:
        UsageError: The file would overwrite another's, or can't be written.
    """
    write_json(path, {"writer": WRITER, **facts, **plain(found)})


def plain(found: Findings) -> dict[str, Any]:
    """Give what was found as JSON holds it; the module says what is where."""
    overlap = [each for each in found.figures if each.name in OVERLAP.names]
    floors = {each.name: each.floor.value for each in overlap if each.floor}
    return {
        "figures": [_figure(each) for each in found.figures],
        "by_class": {
            name: {each.name: _figure(each) for each in own} for name, own in found.by_class.items()
        },
        "overlap": {x.name: x.value for x in overlap if x.value is not None} or None,
        "real_overlap": floors or None,
        "agreement": _agreement(found.agreed),
        "memorization": found.memorized and _memorization(found.memorized),
        "memorization_missing": found.not_memorized,
        "memorization_by_class": {
            name: _memorization(own) for name, own in found.memorized_by_class.items()
        },
        "distances": found.distances or None,
        "closest": [asdict(pair) for pair in found.closest],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "label": figure.label}


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        **asdict(found),
        "interval": found.interval,
        "interval_per_class": {
            name: share_interval(share, found.n_per_class[name])
            for name, share in found.per_class.items()
        },
    }


def _memorization(found: Memorization) -> dict[str, Any]:
    return {**asdict(found), "interval": found.interval}


def _written(path: Path) -> dict[str, Any]:
    """Return what a file of figures holds; nothing where it is none."""
    try:
        written = read_json(path)
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
