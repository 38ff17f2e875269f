"""What a report is made from: files beside the set, the run of its fit, and the real images."""

import argparse
import shlex
from functools import cached_property
from pathlib import Path
from typing import Any

from datamodules.errors import DataError
from ganaug.cli.explore_inputs import Explored
from ganaug.cli.explore_pictures import between
from ganaug.cli.manifests import data_behind
from ganaug.cli.report_images import MOST_CLASSES, Shown, pairs_of, read_shown, sides_of
from ganaug.protocols import Sampler
from ganaug.reporting import Materials, Missing, Pairs, Side, Walk, read_curves
from ganaug.synthesis.writer.webdataset import as_files
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8
from ganaug.utils.safe_json import read_json

WALK_STEPS = 9
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
        if len(self.manifest["class_names"]) < 2:
            return Missing(
                "All images are of one class, so there is nothing that a classifier could tell "
                "apart; how faithful they are is all that can be measured."
            )
        made = self.manifest["counts"]["synthetic"]
        if without := [name for name in self.manifest["class_names"] if not made.get(name)]:
            return Missing(
                "No classifier was trained with and without the set: that takes images of every "
                f"class, and there are none of {', '.join(without)}."
            )
        out = shlex.quote(str(self.folder.parent / "utility"))
        command = f"python tools/utility.py --synthetic {self._place}{self._moved} --out {out}"
        return Missing("No classifier was trained with and without the set. It takes", command)

    def checkpoint(self) -> Path | Missing:
        """The checkpoint that the set was made of, found by its hash."""
        from ganaug.training.checkpoints import sha256_of

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
        from ganaug.training.checkpoints import load

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
                return read_shown(data, files / "images", self.closest, self.options.seed)
        except (UsageError, DataError) as error:
            command = f"python tools/report.py --synthetic {self._place} --data-root DIR"
            return Missing(f"The images can't be laid side by side: {error}", command)

    def sides(self) -> list[Side] | Missing:
        """Some real and synthetic images of each class."""
        if isinstance(shown := self.shown, Missing):
            return shown
        return sides_of(shown, self.options.seed)

    @cached_property
    def closest(self) -> list[dict[str, Any]]:
        """The pairs of a synthetic and a training image that evaluate.py named."""
        metrics = self.metrics()
        return [] if isinstance(metrics, Missing) else metrics.get("closest") or []

    def pairs(self) -> Pairs | Missing:
        """The closest pairs as pictures."""
        if isinstance(shown := self.shown, Missing):
            return shown
        return pairs_of(shown, self.closest) or Missing(
            "The closest pairs can't be shown: the evaluation named none, or other training "
            "images than these. Evaluate the set anew with",
            self._evaluation,
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
        return f"python tools/evaluate.py --synthetic {self._place}{self._moved}"

    @property
    def _moved(self) -> str:
        return f" --data-root {shlex.quote(root)}" if (root := self.options.data_root) else ""

    @property
    def _place(self) -> str:
        return shlex.quote(str(self.folder))


def read_object(path: Path, keys: set[str], writer: str) -> dict[str, Any]:
    """Read a tool's JSON file.

    Raises:
        UsageError: The tool did not write it.
    """
    try:
        found = read_json(path)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
    if not isinstance(found, dict) or not keys <= set(found):
        raise UsageError(f"{path} is not what {writer} writes; remove it, or run {writer} again")
    return found
