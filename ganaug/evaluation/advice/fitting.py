"""Fits generators within a part of the budget and writes a set with each, once for a search.

All of it lies in a folder of the search: runs, sets and a record. A process that is killed leaves
them to the next one, which goes on; of several processes one fits, and the others wait.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.console import say
from datamodules.errors import DataError
from ganaug.utils.atomic_files import write_json
from ganaug.utils.durations import in_words
from ganaug.utils.errors import UsageError
from ganaug.utils.own_files import read_own

if TYPE_CHECKING:
    from ganaug.evaluation.advice.training import Workbench
    from ganaug.training.run import Run

FOLDER, RECORD, LOCK = "fitted", "record.json", ".lock"
# Of the budget, for all fits together; the rest is for the search and the test.
SHARE = 0.5
# A set has as many images of a class as it lacks to the largest, and at least so many.
LEAST = 300
ACCELERATORS = {"cpu": "cpu", "cuda": "gpu"}


class Fitting:
    """The models that a search fits, and the sets that they draw.

    Args:
        named: Names of registered models, or auto.
        bench: Holds the images.
        out: Folder of the search.
        seconds: Of the whole budget.

    Raises:
        UsageError: A model is unknown, or can't be fitted on these images.
    """

    def __init__(
        self, named: str | Sequence[str], bench: "Workbench", out: Path, seconds: float
    ) -> None:
        from ganaug.training.conditional import check_model, chosen_model, data_for, names_classes

        names = [named] if isinstance(named, str) else named
        channels = bench.data.channels
        own = [chosen_model(name, channels, parameter="fit") for name in names]
        self.bench, self.folder, self.seconds = bench, out / FOLDER, seconds
        self.record: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        for name in dict.fromkeys(own):
            with self._naming(name):
                if name in bench.sets:
                    raise UsageError("`synthetic` has a set of that name; rename its folder")
                if names_classes(name):
                    raise UsageError("it draws no images of given classes; fit dagan or r3gan")
                self.data[name] = data_for(name, bench.data)
                check_model(name, self.data[name])

    @property
    def paths(self) -> list[Path]:
        """Return the folders of the sets; fits the models and writes the sets that are missing.

        Raises:
            UsageError: Too little of the budget falls to a model, or it can't be fitted.
        """
        with _alone(self.folder):
            self.record = self._read()
            for name in self.data:
                with self._naming(name):
                    self._make(name)
        return [self.folder / name for name in self.data]

    def refuse_other_search(self, journal: Path) -> None:
        """Refuse to fit for a search on other images, or one that was begun without fits.

        Raises:
            UsageError: It is such.
        """
        if not self._read()["fits"] and journal.is_file():
            raise UsageError(
                f"fit: {journal.parent} holds a search without fitted models; give `out` a new "
                "folder"
            )

    @property
    def facts(self) -> dict[str, Any]:
        """What a result keeps of each model."""
        return dict(self.record["fits"])

    @property
    def notes(self) -> list[str]:
        """What a reader of the result should know of each model."""
        return [
            f"{name} was fitted for {in_words(own['seconds'])} on all training images, those that "
            "cross-validation holds out included: trust the test of a recipe with it more than its "
            "cross-validation."
            for name, own in self.facts.items()
        ]

    def _read(self) -> dict[str, Any]:
        """Return what was settled and finished so far."""
        facts = {
            "images": self.bench.data.fingerprint,
            "seed": self.bench.seed,
            "models": [*self.data],
        }
        found = read_own(self.folder / RECORD)
        if found and found["facts"] != facts:
            raise UsageError(
                f"fit: {self.folder} holds models that were fitted on other images or with other "
                "options; give `out` a new folder"
            )
        return found or {"facts": facts, "fits": {}}

    def _make(self, name: str) -> None:
        """Fit a model and write its set, or what of it is missing."""
        from ganaug.synthesis.synthesize import synthesize

        share = SHARE * self.seconds / len(self.data)
        own = self.record["fits"].setdefault(name, {"seconds": share})
        if "run" not in own:
            self._save()
            run = self._fitted(name, own["seconds"])
            own["run"] = run.folder.resolve().relative_to(self.folder.resolve()).as_posix()
            self._save()
        if "images" not in own:
            counts = self.data[name].class_counts
            made = synthesize(
                self.folder / own["run"],
                self.folder / name,
                sampling_strategy=_filled_up(counts),
                seed=self.bench.seed,
                accelerator=ACCELERATORS[self.bench.device],
            )
            own["images"] = len(made)  # type: ignore[arg-type]  # a plan for a dry run alone
            self._save()

    def _fitted(self, name: str, seconds: float) -> "Run":
        """Fit a model, or go on with the run that was begun."""
        from ganaug.training.budget import TooShortError
        from ganaug.training.engine import fit

        runs = self.folder / "runs" / name
        begun = sorted(runs.glob("*/*/checkpoints/last.ckpt"), key=lambda p: p.stat().st_mtime)
        new = {"model": name, "budget": f"{seconds:.0f}s", "default_root_dir": str(runs)}
        say(f"advise: fits {name} for {in_words(seconds)}")
        try:
            return fit(
                data=self.data[name],
                seed=self.bench.seed,
                accelerator=ACCELERATORS[self.bench.device],
                devices=1,
                **({"resume": begun[-1]} if begun else new),
            )
        except TooShortError as error:
            del self.record["fits"][name]
            self._save()
            least = math.ceil(error.seconds * len(self.data) / SHARE)
            raise UsageError(
                f"it takes {error.seconds}s at least, and gets {seconds:.0f}s, its part of the "
                f"budget; give `budget` {least}s or more"
            ) from error

    def _save(self) -> None:
        write_json(self.folder / RECORD, self.record)

    @contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        try:
            yield
        except (UsageError, DataError) as error:
            raise UsageError(f"fit {name}: {error}") from error


def _filled_up(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many images of each class to have at the end, with the real ones.

    Example:
        >>> _filled_up({"rose": 20, "tulip": 1000})
        {'rose': 1000, 'tulip': 1300}
    """
    largest = max(counts.values())
    return {name: max(largest, count + LEAST) for name, count in counts.items()}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time fit in a folder; the others wait, and say so."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"advise: waits for another process, which fits models in {folder}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
