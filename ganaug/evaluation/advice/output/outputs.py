"""Writes the files of an advice: the trained classifier, and the images to train on."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from datamodules.console import say
from datamodules.errors import DataError
from ganaug.evaluation.advice.fitting.fitting import FOLDER, RECORD
from ganaug.evaluation.advice.images.heap import PSEUDO, LabeledHeap, parts_of
from ganaug.evaluation.advice.images.training_images import AUGMENTATION, files_of, weakened
from ganaug.evaluation.advice.images.training_table import (
    PRETRAIN,
    REAL,
    TRAIN,
    Row,
    counted,
    write_rows,
)
from ganaug.evaluation.advice.output.classifier import CARD, WEIGHTS, card_of, weights_of
from ganaug.evaluation.advice.output.files import with_places
from ganaug.evaluation.advice.output.readme import readme
from ganaug.evaluation.advice.result import FILE, README, REPORT, Advice
from ganaug.evaluation.advice.searching import JOURNAL
from ganaug.evaluation.advice.trainings.workbench import FIRST_OF_TEST, SEEDS, Workbench
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.sampling import DataMix
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.utils.atomic_files import atomic_open_or_refuse, write_json
from ganaug.utils.errors import UsageError
from ganaug.utils.own_files import read_own

LABELLED = "pseudo_labelled"
WRITTEN = (FILE, WEIGHTS, CARD, TRAIN, PRETRAIN, AUGMENTATION, README, REPORT, LABELLED)
# An albumentations file that changes nothing.
NO_CHANGE = "transform:\n  __class_fullname__: NoOp\n  p: 1.0\n"


def refuse_other_files(out: Path, data: Any) -> None:
    """Refuse a folder in which `write_outputs` would overwrite other files.

    Args:
        out: The folder; one with a search or fits belongs to an advice.
        data: The data module.

    Raises:
        UsageError: The folder holds other files, or an advice on other images.
    """
    existing, search_files = _existing_advice(out), (out / JOURNAL, out / FOLDER / RECORD)
    if existing is not None and existing.facts["data"]["fingerprint"] != data.fingerprint:
        raise UsageError(
            f"out is {out}, which holds an advice on other images; give `out` a new folder"
        )
    if existing is not None or any(path.is_file() for path in search_files):
        return
    if foreign_files := [name for name in WRITTEN if (out / name).exists()]:
        raise UsageError(
            f"out is {out}, which holds {', '.join(foreign_files)} that advise did not write and "
            "does not overwrite; give `out` a new folder"
        )


def _existing_advice(out: Path) -> Advice | None:
    """Return the advice in a folder; None without one."""
    try:
        advice = Advice.open(out)
        return advice if "fingerprint" in advice.facts["data"] else None
    except (UsageError, KeyError, TypeError, ValueError):
        return None


def write_outputs(advice: Advice, bench: Workbench, out: Path) -> Advice:
    """Write an advice and its files to a folder, and return the advice with the folder set.

    `reporting.advice` writes the page `report.html` last. Existing tables of the same advice are
    kept, since their rows may have been edited.

    Args:
        advice: The advice.
        bench: The workbench that trained its candidates.
        out: The folder.

    Raises:
        UsageError: A file can't be written.
    """
    names = parts_of(advice.recommended.synthetic)
    if PSEUDO in names:
        recipe = replace(advice.recommended, synthetic=PSEUDO)
        labeled = bench.trainer(recipe, _steps(advice, bench)).synthetic
        bench.labeled_heap = LabeledHeap(labeled, advice.class_names, out / LABELLED)
    sets = {name: _dataset(bench, name) for name in names}
    advice = replace(advice, folder=out, facts=with_places(advice.facts, sets, out))
    _remove_other_tables(advice, out)
    advice.to_json(out / FILE)
    _write_classifier(advice, bench, out)
    images = _write_tables(advice, bench, out)
    _write_augmentation(advice, bench, out)
    frozen = bench.classifiers[advice.recommended.classifier].frozen
    _write(out / README, readme(advice, frozen=frozen, images=images))
    return advice


def _remove_other_tables(advice: Advice, out: Path) -> None:
    """Remove the tables of another advice on the same images."""
    existing = _existing_advice(out)
    if existing is None or _as_text(existing) != _as_text(advice):
        for table in (out / PRETRAIN, out / TRAIN):
            if table.is_file():
                table.unlink()


def _as_text(advice: Advice) -> str:
    """Return an advice as text, without its facts, which depend on where its images are."""
    content = advice.to_dict()
    fingerprint = content.pop("facts")["data"]["fingerprint"]
    return json.dumps([fingerprint, content], sort_keys=True)


def _dataset(bench: Workbench, name: str) -> Any:
    """Return the set of further images with this name."""
    return bench.labeled_heap if name == PSEUDO else bench.sets[name].dataset


def _files(advice: Advice, bench: Workbench, name: str) -> list[str]:
    """Return the files of a set that the recommended classifier is trained on."""
    if name == PSEUDO:
        return _dataset(bench, name).files
    return bench.sets[name].files(bench.max_per_class(advice.recommended.classifier))


def _steps(advice: Advice, bench: Workbench) -> int:
    frozen = bench.classifiers[advice.recommended.classifier].frozen
    return STEPS if frozen else advice.facts["steps"]


def _write_classifier(advice: Advice, bench: Workbench, out: Path) -> None:
    """Train the recommended classifier with the first test seed and write it, unless it exists."""
    from safetensors.torch import save

    recipe, data = advice.recommended, bench.data
    test_result, steps = advice.tested.get(recipe), _steps(advice, bench)
    seed = SEEDS * bench.seed + FIRST_OF_TEST
    facts = {
        "recipe": recipe.to_dict(),
        "steps": steps,
        "seed": seed,
        "images": {split: data.fingerprint_of(split) for split in ("train", "validation")},
        "balanced_accuracy": test_result.accuracies[0] if test_result else None,
    }
    if _is_written(out, facts):
        return
    network = bench.trained(recipe, steps, seed)
    content = save(weights_of(network), {"format": "pt"})
    with atomic_open_or_refuse(out / WEIGHTS) as file:
        file.write(content)
    card = card_of(bench.classifiers[recipe.classifier], data, content)
    write_json(out / CARD, {**card, **facts})


def _is_written(out: Path, facts: dict[str, Any]) -> bool:
    card = read_own(out / CARD)
    if not card or not card.items() >= json.loads(json.dumps(facts)).items():
        return False
    try:
        content = (out / WEIGHTS).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == card["sha256"]


def _write(path: Path, text: str) -> None:
    with atomic_open_or_refuse(path) as file:
        file.write(text.encode(errors="backslashreplace"))


def _write_augmentation(advice: Advice, bench: Workbench, out: Path) -> None:
    recipe = advice.recommended
    policy: Any = bench.augmentation(recipe.augmentation, bench.classifiers[recipe.classifier].size)
    policy = weakened(policy, recipe.strength)
    try:
        _write(out / AUGMENTATION, NO_CHANGE if policy is None else policy.to_yaml())
    except DataError as error:
        say(f"advise: {error}; there is no {AUGMENTATION}")


def _write_tables(advice: Advice, bench: Workbench, out: Path) -> int:
    """Write a table for each part of the training; return the number of images of the last.

    Existing tables belong to this advice and are kept.
    """
    recipe = advice.recommended
    trainer = bench.trainer(recipe, _steps(advice, bench))
    arm = bench.arm(recipe, trainer.synthetic)
    mixes = {PRETRAIN: arm.first, TRAIN: arm.mix}
    tables = {
        name: _rows(advice, bench, trainer, mix) for name, mix in mixes.items() if mix is not None
    }
    for name, rows in tables.items():
        if not (out / name).is_file():
            write_rows(out / name, rows, advice.class_names)
    return len(tables[TRAIN])


def _rows(advice: Advice, bench: Workbench, trainer: ArmTrainer, mix: DataMix) -> list[Row]:
    """Return a row for each image with a positive weight, the real ones first."""
    names, synthetic = parts_of(advice.recommended.synthetic), trainer.synthetic_of(mix)
    weights = counted(mix, trainer.real, synthetic, trainer.num_classes).tolist()
    labels = [*trainer.real.labels.tolist(), *synthetic.labels.tolist()]
    files = [(REAL, file) for file in files_of(bench.data)]
    files += [(name, file) for name in names for file in _files(advice, bench, name)]
    soft_labels = (
        [()] * len(synthetic.labels) if synthetic.targets is None else synthetic.targets.tolist()
    )
    soft = [*[()] * len(trainer.real.labels), *map(tuple, soft_labels)]
    return [
        Row(file, advice.class_names[label], weight, source, probabilities)
        for (source, file), label, weight, probabilities in zip(
            files, labels, weights, soft, strict=True
        )
        if weight
    ]
