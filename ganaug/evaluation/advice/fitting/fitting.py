"""Fits models within a share of the budget and writes a set with each, once per search.

Runs, sets and a record of progress are in the folder of the search. After an interruption, the next
process resumes from them. If several processes share a search, one fits and the others wait.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.console import say
from ganaug.evaluation.advice.fitting import fitting_data
from ganaug.evaluation.advice.fitting.fitted_model import FittedModel
from ganaug.evaluation.advice.images.heap import AND
from ganaug.evaluation.advice.jobs.storage import is_begun
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.utils.atomic_files import write_json
from ganaug.utils.durations import in_words
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import in_turn
from ganaug.utils.own_files import read_own

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench

FOLDER, RECORD, LOCK = "fitted", "record.json", ".lock"
# Folder of the images to fit generators on: labeled and pseudo-labeled ones.
TAUGHT = "images"
# Share of the budget for all fits; the rest is for the search and the test.
SHARE = 0.5
# Maximum share of the fits' time for teachers.
TEACHING = 0.25


class Fitting:
    """The models that a search fits, and their sets.

    A model that classifies learns from all unlabeled images and labels those with a confident
    prediction. A generator also learns from the images that teachers label.

    Args:
        names: Names of registered models, or auto.
        bench: Workbench with the images.
        out: Folder of the search.
        seconds: The whole budget.
        teacher: Recipe of the teachers that label unlabeled images.

    Raises:
        UsageError: A model is unknown, or can't be fitted on these images.
    """

    def __init__(
        self,
        names: Sequence[str],
        bench: "Workbench",
        out: Path,
        seconds: float,
        teacher: Candidate,
    ) -> None:
        from ganaug.training.model_and_data import chosen_model

        channels = bench.data.channels
        model_names = [chosen_model(name, channels, parameter="fit") for name in names]
        self.bench, self.folder, self.seconds = bench, out / FOLDER, seconds
        self.teacher, self.record, self.models = teacher, dict[str, Any](), list[FittedModel]()
        # Sorted, so that the order of the names does not matter.
        for name in sorted({*model_names}):
            with _naming(name):
                self.models.append(FittedModel(name, bench))

    def make(self) -> list[Path]:
        """Fit models and write sets unless they exist, and return the folders of all sets.

        Raises:
            UsageError: A model's share of the budget is too short, or it can't be fitted.
        """
        with in_turn(self.folder / LOCK, self._say_waiting):
            self.record = self._read()
            if self.bench.heap and self.drawn:
                self._teach()
            for model in self.models:
                with _naming(model.name):
                    self._make(model)
        fits = self.record["fits"]
        return [self.folder / model.set_name for model in self.models if fits[model.name]["images"]]

    @property
    def drawn(self) -> list[str]:
        """Names of the sets that models generate."""
        return [model.set_name for model in self.models if model.draws]

    @property
    def labeled(self) -> list[str]:
        """Names of the sets of heap images that models label."""
        return [model.set_name for model in self.models if not model.draws]

    @property
    def further(self) -> list[str]:
        """Names of all further images that candidates may use once the models are fitted."""
        combined = [f"{AND}{name}" for name in self.drawn] if self.bench.heap else []
        return [*self.bench.further, *(model.set_name for model in self.models), *combined]

    @property
    def begun(self) -> bool:
        """Whether any fit has begun, in this call or an earlier one."""
        return bool(self._read()["fits"])

    def refuse_other_search(self, journal: Path) -> None:
        """Refuse to add fits to a search that was begun without them.

        Args:
            journal: File of the search.

        Raises:
            UsageError: The search has begun, or the folder holds fits on other images or with other
                options.
        """
        if not self.begun and is_begun(journal):
            raise UsageError(
                f"fit: {journal.parent} holds a search without fitted models; give `out` a new "
                "folder"
            )

    @property
    def facts(self) -> dict[str, Any]:
        """The record of each model, for the result."""
        return dict(self.record["fits"])

    def notes(self, accuracy: float) -> list[str]:
        """Return notes on each model for the result.

        Args:
            accuracy: Accuracy of the recommended candidate.
        """
        fit_notes = [
            f"{name} was fitted for {in_words(entry['seconds'])} on all training images, including "
            "those that cross-validation holds out: trust the test of a recipe with it more than "
            "its cross-validation."
            if entry["images"]
            else f"{name} had no confident prediction for any unlabeled image, so it has no set."
            for name, entry in self.facts.items()
        ]
        return fit_notes + [
            self._accuracy_note(name, entry, accuracy)
            for name, entry in self.facts.items()
            if entry.get("balanced_accuracy") is not None
        ]

    def _accuracy_note(self, name: str, entry: Mapping[str, Any], accuracy: float) -> str:
        """Return a note on a model's own accuracy, and how to use it if it is better."""
        note = (
            f"For comparison: {name} itself, fitted on the labeled and the unlabeled images, has "
            f"a balanced accuracy of {entry['balanced_accuracy']:.2%} on the test images."
        )
        if entry["balanced_accuracy"] <= accuracy:
            return note
        run = f"{self.folder.name}/{entry['run']}"
        return f"{note} That is more than the recommendation: to use it, load {run} in this folder."

    def _read(self) -> dict[str, Any]:
        """Return the record of all decisions and finished steps, which may be empty."""
        facts = {
            "images": self.bench.data.fingerprint,
            "unlabelled": self.bench.heap and self.bench.heap.identity,
            "seed": self.bench.seed,
            "models": [model.name for model in self.models],
        }
        record = read_own(self.folder / RECORD)
        if record.get("facts") == facts:
            return record
        # A record without fits comes from a call that raised an error.
        if record.get("fits"):
            raise UsageError(
                f"fit: {self.folder} holds models that were fitted on other images or with other "
                "options; give `out` a new folder"
            )
        return {"facts": facts, "fits": {}}

    def _make(self, model: FittedModel) -> None:
        """Fit a model and write its set, unless that is done."""
        if "images" in self.record["fits"].get(model.name, {}):
            return
        if model.draws and self.bench.heap:
            model.learn_from(self.folder / TAUGHT)
        model.leave_out_labeled(self.folder)
        share = (SHARE * self.seconds - self._teaching) / len(self.models)
        entry = self.record["fits"].setdefault(model.name, {"seconds": round(max(1.0, share), 1)})
        if model.draws and self.bench.heap:
            entry["pseudo_labelled"] = self.record["teaching"]["images"]
        if "run" not in entry:
            self._save()
            entry["run"] = self._fit(model, entry["seconds"])
            self._save()
        entry |= model.write_set(self.folder / entry["run"], self.folder / model.set_name)
        self._save()

    @property
    def _teaching(self) -> float:
        """Seconds that the teachers took."""
        return float(self.record.get("teaching", {}).get("seconds", 0.0))

    def _teach(self) -> None:
        """Have teachers label the heap, unless that is done."""
        if "teaching" in self.record:
            return
        started = time.monotonic()
        say("advise: teachers label the unlabeled images for the models to fit")
        max_seconds = TEACHING * SHARE * self.seconds
        count = fitting_data.teach(self.bench, self.teacher, self.folder / TAUGHT, max_seconds)
        self.record["teaching"] = {"seconds": time.monotonic() - started, "images": count}
        self._save()

    def _fit(self, model: FittedModel, seconds: float) -> str:
        """Fit a model, and return the folder of its run."""
        from ganaug.training.budget import TooShortError

        try:
            run = model.fitted(self.folder / "runs" / model.name, seconds)
        except TooShortError as error:
            # Without the entry, the next call can have a larger budget.
            del self.record["fits"][model.name]
            self._save()
            min_budget = math.ceil((error.seconds * len(self.models) + self._teaching) / SHARE)
            raise UsageError(
                f"it takes at least {error.seconds}s, and its share of the budget is "
                f"{seconds:.0f}s; give `budget` {min_budget}s or more"
            ) from error
        return run.folder.resolve().relative_to(self.folder.resolve()).as_posix()

    def _save(self) -> None:
        write_json(self.folder / RECORD, self.record)

    def _say_waiting(self) -> None:
        say(f"advise: waits for another process, which fits models in {self.folder}")


@contextmanager
def _naming(model: str) -> Iterator[None]:
    """Add the model's name to errors."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"fit {model}: {error}") from error
