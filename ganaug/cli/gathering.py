"""What a report is made from: files beside the set, the run of its fit, and the real images."""

import argparse
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from datamodules.errors import DataError
from ganaug.cli.evaluated import ENOUGH, read_all
from ganaug.cli.explorations import between
from ganaug.cli.explored import Explored
from ganaug.cli.manifests import data_behind
from ganaug.errors import UsageError
from ganaug.evaluation import list_synthetic
from ganaug.evaluation.listing import Listed
from ganaug.pixels import to_uint8
from ganaug.protocols import Sampler
from ganaug.reporting import Materials, Missing, Pairs, Side, Walk, read_curves
from ganaug.synthesis.layouts import as_files

# Images of a class, classes and images of a walk that are shown.
A_CLASS, MOST_CLASSES, WALK_STEPS = 8, 12, 9
OF_A_STUDY = {"verdict", "best", "baseline", "verdicts", "results"}


def gather(options: argparse.Namespace, manifest: dict[str, Any]) -> Materials:
    """Read all that there is of a set.

    Args:
        options: The command line's.
        manifest: Of the set.

    Raises:
        UsageError: A folder that was named is not of this set.
    """
    gathering = Gathering(options, manifest)
    metrics = gathering.metrics()
    checkpoint = gathering.checkpoint()
    return Materials(
        place=str(options.synthetic),
        manifest=gathering.manifest,
        metrics=metrics,
        study=gathering.study(),
        curves=gathering.curves(checkpoint),
        sides=gathering.sides(),
        pairs=metrics if isinstance(metrics, Missing) else gathering.pairs(),
        walks=gathering.walks(checkpoint),
        remarks=gathering.remarks(metrics),
    )


@dataclass(frozen=True)
class Shown:
    """The images that a report shows.

    Attributes:
        data: Of the fit.
        real: `[T, C, S, S]` uint8 training images, and their labels `[T]`.
        made: `[N, C, S, S]` uint8 synthetic images of the classes shown, and their labels `[N]`.
        closest: Those that the evaluation named, and their classes, by file.
    """

    data: Any
    real: tuple[Tensor, Tensor]
    made: tuple[Tensor, Tensor]
    closest: Mapping[str, tuple[Tensor, str]]


class Gathering:
    """Finds each part of the materials, or says why it is not there.

    Args:
        options: The command line's.
        manifest: Of the set.
    """

    def __init__(self, options: argparse.Namespace, manifest: dict[str, Any]) -> None:
        self.options, self.manifest, self.folder = options, manifest, options.synthetic

    def metrics(self) -> "dict[str, Any] | Missing":
        """What evaluate.py found."""
        path = self.folder / "metrics.json"
        if path.is_file():
            return read_object(path, {"figures"}, "evaluate.py")
        return Missing(
            "The set was not evaluated, so this is not known. It takes", self._evaluation
        )

    def study(self) -> "dict[str, Any] | Missing":
        """What utility.py found, of this very set."""
        named = self.options.utility
        places = [named] if named else [self.folder / "utility", self.folder.parent / "utility"]
        for path in (place / "utility.json" for place in places):
            if not path.is_file():
                continue
            found = read_object(path, OF_A_STUDY, "utility.py")
            if found.get("synthetic") == self.manifest["metadata_sha256"]:
                return found
            if named:
                raise UsageError(f"--utility {named}: that study is of another synthetic set")
        if named:
            raise UsageError(
                f"--utility {named} holds no utility.json, which utility.py writes when a study is "
                "done; give the command that began it again"
            )
        command = f"python tools/utility.py --synthetic {self._place} --out utility"
        return Missing("No classifier was trained with and without the set. It takes", command)

    def checkpoint(self) -> Path | Missing:
        """The checkpoint that the set was made of, found by its hash."""
        from ganaug.checkpoints import sha256_of

        wanted = self.manifest.get("checkpoint", {})
        named = self.options.run
        runs = [named] if named else sorted(Path("runs").glob("*/*"))
        pattern = "*.ckpt" if named else str(wanted.get("file", "*.ckpt"))
        for run in runs:
            files = [run] if run.is_file() else sorted((run / "checkpoints").glob(pattern))
            for file in files:
                if sha256_of(file) == wanted.get("sha256"):
                    return file
        if named:
            raise UsageError(f"--run {named} holds no checkpoint of which this set was made")
        command = f"python tools/report.py --synthetic {self._place} --run RUN"
        return Missing("The run of the fit is not in runs/ here. Name its folder with", command)

    def curves(self, checkpoint: Path | Missing) -> Any:
        """The curves of the fit."""
        if isinstance(checkpoint, Missing):
            return checkpoint
        run = checkpoint.parent.parent
        return read_curves(run) or Missing(f"{run} holds no curves of TensorBoard's.")

    def walks(self, checkpoint: Path | Missing) -> list[Walk] | Missing:
        """Ways between latents of the model, a class each."""
        from ganaug.checkpoints import load

        if isinstance(checkpoint, Missing):
            return checkpoint
        loaded = load(checkpoint)
        if not isinstance(loaded.model, Sampler):
            return Missing("The model turns images into others, and has no latents to walk in.")
        words = argparse.Namespace(seed=self.options.seed, class_name=None)
        explored = Explored(loaded.model, loaded.card, words)
        count = min(MOST_CLASSES, loaded.model.num_classes or 6)
        images, labels = between(explored, count, WALK_STEPS, "spherical")
        names = ["" if labels is None else loaded.card.class_names[label]
                 for label in (range(count) if labels is None else labels.tolist())]  # fmt: skip
        return [Walk(name, to_uint8(way)) for name, way in zip(names, images, strict=True)]

    @cached_property
    def shown(self) -> Shown | Missing:
        """Synthetic images, and the data that the model was fitted on."""
        try:
            data = data_behind(self.manifest, self.options.data_root)
            with as_files(self.folder) as files:
                return self._read(data, files / "images")
        except (UsageError, DataError) as error:
            command = f"python tools/report.py --synthetic {self._place} --data-root DIR"
            return Missing(f"The images can't be laid side by side: {error}", command)

    def _read(self, data: Any, folder: Path) -> Shown:
        """Read some images of each class, and those that the evaluation named."""
        named = {folder / pair["synthetic"] for pair in self.closest}
        listed = list_synthetic(folder, data.class_names)
        close = [one for one in listed if one.path in named]
        few = a_few(listed, self.options.seed)
        images, labels = read_all([*few, *close], data.image_size, data.channels)
        closest = {
            str(one.path.relative_to(folder)): (image, data.class_names[one.label])
            for one, image in zip(close, images[len(few) :], strict=True)
        }
        made = images[: len(few)], labels[: len(few)]
        return Shown(data, data.images("train", limit=ENOUGH), made, closest)

    def sides(self) -> list[Side] | Missing:
        """Some real and synthetic images of each class."""
        if isinstance(shown := self.shown, Missing):
            return shown
        (real, real_labels), (made, made_labels) = shown.real, shown.made
        random = torch.Generator().manual_seed(self.options.seed)
        return [
            Side(
                shown.data.class_names[label],
                some(real[real_labels == label], random),
                made[made_labels == label],
            )
            for label in made_labels.unique().tolist()
        ]

    @cached_property
    def closest(self) -> list[dict[str, Any]]:
        """The pairs of a synthetic and a training image that evaluate.py named."""
        metrics = self.metrics()
        return [] if isinstance(metrics, Missing) else metrics.get("closest") or []

    def pairs(self) -> Pairs | Missing:
        """The closest pairs as pictures."""
        if isinstance(shown := self.shown, Missing):
            return shown
        training = shown.data.paths("train", limit=ENOUGH)
        places = {file: place for place, file in enumerate(training)}
        known = [
            pair
            for pair in self.closest
            if pair["synthetic"] in shown.closest and pair["training"] in places
        ]
        if not known:
            return Missing(
                "The closest pairs can't be shown: the evaluation named none, or other training "
                "images than these. Evaluate the set anew with",
                self._evaluation,
            )
        made, names = zip(*(shown.closest[pair["synthetic"]] for pair in known), strict=True)
        real, _ = shown.real
        return Pairs(
            made=torch.stack(made),
            real=real[[places[pair["training"]] for pair in known]],
            names=names,
            distances=[pair["distance"] for pair in known],
            copies=[pair["copy"] for pair in known],
        )

    def remarks(self, metrics: "dict[str, Any] | Missing") -> list[str]:
        """What else a reader must know."""
        if isinstance(metrics, Missing) or metrics.get("fingerprint") in (
            None,
            self.manifest["card"]["fingerprint"],
        ):
            return []
        return [
            "The set was evaluated against other real images than the model was fitted on, so "
            "copies of those can't be told, and figures mean less."
        ]

    @property
    def _evaluation(self) -> str:
        where = f" --data-root {shlex.quote(root)}" if (root := self.options.data_root) else ""
        return f"python tools/evaluate.py --synthetic {self._place}{where}"

    @property
    def _place(self) -> str:
        return shlex.quote(str(self.folder))


def a_few(listed: Sequence[Listed], seed: int) -> list[Listed]:
    """Return some files of the first classes, drawn without looking."""
    by_class: dict[int, list[Listed]] = {}
    for one in listed:
        by_class.setdefault(one.label, []).append(one)
    random = Random(seed)
    return [
        one
        for label in sorted(by_class)[:MOST_CLASSES]
        for one in random.sample(by_class[label], min(A_CLASS, len(by_class[label])))
    ]


def some(images: Tensor, random: torch.Generator) -> Tensor:
    """Return a few images, drawn without looking."""
    return images[torch.randperm(len(images), generator=random)[:A_CLASS]]


def read_object(path: Path, keys: set[str], writer: str) -> dict[str, Any]:
    """Read a tool's JSON file.

    Raises:
        UsageError: The tool did not write it.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
    if not isinstance(found, dict) or not keys <= set(found):
        raise UsageError(f"{path} is not what {writer} writes; remove it, or run {writer} again")
    return found
