"""Collects the inputs of a report: results next to the set, its run, and real images."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ganaug.evaluation.memorization.detector import Pair
from ganaug.evaluation.result import Evaluation
from ganaug.protocols import Sampler
from ganaug.reporting.blocks import Missing
from ganaug.reporting.curves import read_curves
from ganaug.reporting.foreign import foreign_facts
from ganaug.reporting.image_examples import (
    MOST_CLASSES,
    Examples,
    class_images,
    closest_pairs,
    read_examples,
)
from ganaug.reporting.inputs import Facts, Pairs, ReportInputs, Walk
from ganaug.reporting.latent_space.explorations import walks_between
from ganaug.reporting.latent_space.session import Session
from ganaug.reporting.plots import Line
from ganaug.reporting.results_of_tools import naming_unreadable, read_object
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.verification import Check
from ganaug.utils.errors import UsageError
from ganaug.utils.own_files import refuse_other_set
from ganaug.utils.pixels import to_uint8
from ganaug.utils.places import from_here

WALK_STEPS = 9
NOT_SHOWN = "and can't be shown; give those of this set as `result`"
OF_A_STUDY = {"verdict", "best", "baseline", "verdicts", "results"}


@dataclass(frozen=True)
class Gathering:
    """Finds each part of the inputs, or the reason why it is missing.

    Attributes:
        dataset: The set.
        result: An Evaluation, its metrics.json, or None for the one in the set's folder, or else
            metrics-quick.json there.
        study: A Study, its utility.json or folder, or None to look in and next to the set's folder.
        run: A Run, its folder, or None to search runs/ for the checkpoint.
        data_root: Where the real images are now, if they have moved.
        seed: Seed of the choice of images shown.
        real: The data module of the real images of a set without a manifest.
    """

    dataset: SyntheticDataset
    result: Any = None
    study: Any = None
    run: Any = None
    data_root: str | None = None
    seed: int = 0
    real: Any = None

    def inputs(self) -> ReportInputs:
        """Collect everything.

        Raises:
            UsageError: A part was given that does not belong to this set.
        """
        return ReportInputs(
            folder=self.dataset.address or str(self.folder),
            manifest=self.manifest,
            metrics=self.metrics,
            study=self.find_study(),
            curves=self.curves(),
            examples=self._of_examples(lambda examples: class_images(examples, self.seed)),
            pairs=self.metrics if isinstance(self.metrics, Missing) else self.pairs(),
            walks=self.walks(),
            notes=self.notes(),
            under_an_epoch=self.under_an_epoch(),
            made_elsewhere=self.dataset.made_elsewhere,
            checks=self.checks(),
        )

    def checks(self) -> list[Check]:
        """Return the current checks of the files, and the evaluation's checks for real images."""
        facts = {} if isinstance(self.metrics, Missing) else self.metrics.facts
        evaluation_checks = [Check(**fields) for fields in facts.get("checks") or ()]
        unknown = Check("free of real images", None, "evaluate looks for them")
        real_checks = [check for check in evaluation_checks if check.name.startswith("free of")]
        return [*self.dataset.checks, *(real_checks or [unknown])]

    @property
    def folder(self) -> Path:
        """The set's folder, as the user gave it if possible."""
        folder = self.dataset.folder
        return folder if (folder / "manifest.json").is_file() else self.dataset.results_folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The set's manifest, or the known facts without one."""
        if self.real is not None:
            return foreign_facts(self.dataset, self.real)
        return self.dataset.required_manifest()

    @cached_property
    def metrics(self) -> Evaluation | Missing:
        """The results of evaluate for this set."""
        if isinstance(self.result, Evaluation):
            return self._check_place(self.result, self.result.file)
        # Rough results are better than none, and the report warns about them.
        default_paths = (self.folder / name for name in ("metrics.json", "metrics-quick.json"))
        path = self.result or next((file for file in default_paths if file.is_file()), None)
        if path is not None:
            with naming_unreadable(path):
                evaluation = self._check_place(Evaluation.from_json(path), Path(path))
            if self.result is not None or not evaluation.facts.get("part"):
                return evaluation
        return Missing(
            "This is unknown, since the set has not been evaluated. To find out:",
            self._command("evaluate"),
        )

    def _check_place(self, evaluation: Evaluation, file: Path | None) -> Evaluation:
        if file:
            set_path = self.dataset.place_from(file)
            refuse_other_set(file, evaluation.facts, set_path, NOT_SHOWN)
        return evaluation

    def find_study(self) -> Facts | Missing:
        """Return the results of utility for this set, or why they are missing."""
        study = self.study
        if study is not None and not isinstance(study, str | Path):
            return self._check_set(study.to_dict(), "study")
        default_folders = [self.folder / "utility", self._parent / "utility"]
        for location in [Path(study)] if study else default_folders:
            path = location if location.is_file() else location / "utility.json"
            if not path.is_file():
                continue
            facts = read_object(path, OF_A_STUDY, "utility")
            if study:
                return self._check_set(facts, f"study {study}")
            if facts.get("synthetic") == self.manifest["metadata_sha256"]:
                return facts
        if study:
            raise UsageError(
                f"study {study} holds no utility.json, which utility writes when a study is done; "
                "run the command that started it again"
            )
        return self._no_study()

    def _check_set(self, study: dict[str, Any], name: str) -> dict[str, Any]:
        if study.get("synthetic") != self.manifest["metadata_sha256"]:
            raise UsageError(f"{name}: this is a study of another synthetic set")
        return study

    def _no_study(self) -> Missing:
        if len(self.manifest["class_names"]) < 2:
            return Missing(
                "All images are of one class, so there is nothing for a classifier to distinguish. "
                "Only their fidelity can be measured."
            )
        out = shlex.quote(from_here(self._parent / "utility"))
        return Missing(
            "No classifier has been trained with and without the set. To find out:",
            self._command("utility", f" --out {out}"),
        )

    @cached_property
    def checkpoint(self) -> Path | Missing:
        """The checkpoint that generated the set, found by its hash."""
        from ganaug.training.checkpoints import sha256_of

        recorded = self.manifest.get("checkpoint")
        if self.run is None and (recorded is None or self.dataset.made_elsewhere):
            return Missing("The set was made without a model of ganaug.")
        run_path = Path(getattr(self.run, "folder", self.run)) if self.run is not None else None
        if recorded is None:
            raise UsageError(f"run is {run_path}, and the set was made without one; leave it out")
        runs = [run_path] if run_path else sorted(Path("runs").glob("*/*"))
        pattern = "*.ckpt" if run_path else str(recorded.get("file", "*.ckpt"))
        for run in runs:
            files = [run] if run.is_file() else sorted((run / "checkpoints").glob(pattern))
            for file in files:
                if sha256_of(file) == recorded.get("sha256"):
                    return file
        if run_path:
            raise UsageError(f"run {run_path} does not hold the checkpoint that made this set")
        return Missing(
            "The run that fitted the model is not in runs/ here. Give its folder:",
            f"python tools/report.py --synthetic {self._place} --run RUN",
        )

    def curves(self) -> Mapping[str, Line] | Missing:
        """Return the curves of the fit, or why they are missing."""
        if isinstance(self.checkpoint, Missing):
            return self.checkpoint
        run = self.checkpoint.parent.parent
        return read_curves(run) or Missing(f"{from_here(run)} holds no TensorBoard curves.")

    def walks(self) -> list[Walk] | Missing:
        """Return walks between latents of the model, one for each class, or why there are none."""
        from ganaug.training.checkpoints import load

        if isinstance(self.checkpoint, Missing):
            return self.checkpoint
        loaded = load(self.checkpoint)
        if not isinstance(loaded.model, Sampler):
            return Missing("The model translates images, so it has no latent space to walk in.")
        session = Session(loaded.model, loaded.card, self.checkpoint, Path(), seed=self.seed)
        count = min(MOST_CLASSES, loaded.model.num_classes or 6)
        images, labels = walks_between(session, count, WALK_STEPS)
        return [
            Walk(session.class_of(labels, number), to_uint8(frames))
            for number, frames in enumerate(images)
        ]

    def pairs(self) -> Pairs | Missing:
        """Return the closest pairs of the evaluation, or why they can't be shown."""
        no_pairs = Missing(
            "The closest pairs can't be shown: the evaluation has none, or it had other training "
            "images. Evaluate the set again:",
            self._command("evaluate"),
        )
        return self._of_examples(
            lambda examples: closest_pairs(examples, self._closest) or no_pairs
        )

    def under_an_epoch(self) -> bool:
        """Return whether the checkpoint is known to be from before the end of the first epoch."""
        from ganaug.reporting.latent_space.history import epochs_done

        return not isinstance(self.checkpoint, Missing) and epochs_done(self.checkpoint) == 0

    def notes(self) -> list[str]:
        """Return a warning if the set was evaluated against other images than those of the fit."""
        facts = {} if isinstance(self.metrics, Missing) else self.metrics.facts
        if facts.get("fingerprint") in (None, self.manifest["card"]["fingerprint"]):
            return []
        if self.real is not None:
            return ["The set was evaluated against other real images than those given here."]
        return [
            "The set was evaluated against other real images than those the model was fitted on, "
            "so copies of its training images can't be detected and the metrics mean less."
        ]

    @cached_property
    def examples(self) -> Examples | Missing:
        """Images to show, or why they can't be shown."""
        try:
            data = self.real or self.dataset.data(self.data_root)
            return read_examples(data, self.dataset, self._closest, self.seed)
        except UsageError as error:
            card = self.dataset.card
            root = self.data_root or (card.data["init_args"].get("root") if card else None)
            reason = str(error).replace(str(root), from_here(root)) if root else str(error)
            return Missing(
                f"The images can't be shown next to each other: {reason}",
                f"python tools/report.py --synthetic {self._place} --data-root DIR",
            )

    def _of_examples(self, read: Callable[[Examples], Any]) -> Any:
        return self.examples if isinstance(self.examples, Missing) else read(self.examples)

    @property
    def _closest(self) -> Sequence[Pair]:
        """The closest pairs of the evaluation, by file."""
        return [] if isinstance(self.metrics, Missing) else self.metrics.closest

    def _command(self, tool: str, options: str = "") -> str:
        root = f" --data-root {shlex.quote(from_here(self.data_root))}" if self.data_root else ""
        real = "" if self.real is None else " --real REAL"
        if tool == "evaluate" and self.dataset.address:
            options = " --out metrics.json"
        return f"python tools/{tool}.py --synthetic {self._place}{real}{root}{options}"

    @property
    def _place(self) -> str:
        return shlex.quote(self.dataset.address or from_here(self.folder))

    @property
    def _parent(self) -> Path:
        """The folder that contains the set; the current folder for a set at an address."""
        return Path() if self.dataset.address else self.folder.parent
