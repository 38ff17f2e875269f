"""advise: search for the best way to train a classifier on scarce images, and test it once."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.notes import notes_once
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK, in_turn
from ganaug.utils.output_folder import refuse_unwritable
from ganaug.utils.several import several, several_names
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    import torch

    from ganaug.evaluation.advice.fitting.fitting import Fitting
    from ganaug.evaluation.advice.result import Advice
    from ganaug.evaluation.advice.searching import Searching
    from ganaug.evaluation.advice.trainings.workbench import Workbench

# Share of the budget to plan for; the rest is a reserve for trainings that are slower than timed.
PLANNED = 0.85


@takes_paths("data", "out", "synthetic", "unlabelled", "augmentation")
@notes_once()
def advise(
    data: Any,
    *,
    out: str | Path,
    budget: str | timedelta = "30m",
    synthetic: str | Path | Sequence[str | Path] = (),
    unlabelled: str | Path | None = None,
    fit: str | Sequence[str] = (),
    classifier: str | Sequence[str] = "auto",
    augmentation: str | Sequence[str] = "all",
    seed: int = 0,
    storage: str | None = None,
    trials: int | None = None,
    device: "str | torch.device" = "auto",
) -> "Advice":
    """Search for the best way to train a classifier on these images, and test it once.

    Candidates differ in classifier, augmentation, class balance, batch mixing and further images.
    They are compared by cross-validation on the training and validation images, and the winners
    are combined. The simplest candidate within one standard error of the best is recommended, with
    further images only if they help significantly. On the test images it is compared with real
    images alone, with the default policy, and with itself without each of its ingredients. The same
    call resumes a stopped search.

    Args:
        data: The real images: a data module, mnist, a folder, its settings (root, labels,
            label_column, ...) as a dictionary, or a run for the images it was fitted on.
        out: Folder for the results.
        budget: Time for the whole call, such as 30m or 2h, or a timedelta. A few steps are timed,
            once per search, to decide how many trainings fit.
        synthetic: Sets of further images to try, from any program: folders of class folders, or
            sets from synthesize.
        unlabelled: Folder of images of unknown class. Teachers, trained on the labeled images,
            label those that they are sure about, and these are tried as a set. Unlabeled images of
            the data module are used in the same way.
        fit: Models to fit on the training images, such as projected, r3gan or dagan; auto is
            projected for color images if its package is installed, and otherwise dagan. They share
            half of the budget, even if `trials` is given, and each generates a set to try. With
            unlabeled images, they also learn from the images that teachers label; sgan labels them
            itself.
        classifier: One or several of auto, small, imagenet, a network from timm (timm:resnet18) or
            torchvision (resnet18), and module:function. auto is imagenet for color images if its
            package is installed, and otherwise small; it also tries the other one if that is cheap.
        augmentation: all, or names or files of albumentations, one or several. Names and files
            given together with all are tried first.
        seed: Seed of the folds and of all trainings; the test images don't depend on it.
        storage: URL of an Optuna storage, such as sqlite:///advice.db or a database. All processes
            and machines with the same URL share the search. By default, processes share a file in
            `out`.
        trials: Maximum number of trainings of the search, instead of a budget. The result then
            doesn't depend on the machine's speed.
        device: Where to train: auto, cpu, cuda, or one of several GPUs, such as cuda:1.

    Returns:
        The advice, also written to `out` as advice.json.

    Raises:
        UsageError: An argument is wrong, `out` holds other files, there is a single class, or the
            budget is too short for the smallest search or for fitting a model.

    Example:
        >>> from datamodules.mnist import MNISTDataModule
        >>> data = MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)
        >>> advice = advise(data, out="advice", trials=30, classifier="small", augmentation="light")
        >>> advice.recommended.augmentation in ("none", "light")
        True
    """
    from ganaug.evaluation.advice.choices import Choices
    from ganaug.evaluation.advice.fitting.fitting import Fitting
    from ganaug.evaluation.advice.images.heap import PSEUDO
    from ganaug.evaluation.advice.images.sets import opened
    from ganaug.evaluation.advice.output.outputs import write_outputs
    from ganaug.evaluation.advice.searching import Searching
    from ganaug.evaluation.advice.trainings.workbench import Workbench
    from ganaug.utils.device import choose_device

    device_name = choose_device(device)
    limits = Limits.of(budget, trials)
    out = Path(out)
    data = _open(data, out)
    choices = Choices.of(classifier, augmentation, data)
    bench = Workbench(
        data,
        choices.classifiers,
        choices.load,
        sets=opened(several(synthetic), data),
        unlabelled=unlabelled,
        seed=seed,
        device=device_name,
    )
    _check_trainings(bench, choices.asked)
    fitting = Fitting(several_names(fit, "fit"), bench, out, limits.seconds, choices.default)
    bench.folds.refuse_too_few()
    searching = Searching(
        bench,
        choices.augmentations,
        named=choices.named,
        out=out,
        storage=storage,
        trials=limits.trials,
        asked=len(choices.asked),
        compared=[PSEUDO] if fitting.models and bench.heap else [],
    )
    advice = _search(searching, fitting, limits)
    # If processes share a search, one of them trains the classifier and the others reuse it.
    with in_turn(out / LOCK):
        return write_outputs(advice, bench, out)


@dataclass(frozen=True)
class Limits:
    """The time and the number of trainings that a search may take.

    Attributes:
        budget: Time for the whole search, as text.
        seconds: The budget in seconds.
        trials: Maximum number of trainings; None for as many as fit into the budget.
        started: Start of the search, from `time.monotonic`.
    """

    budget: str
    seconds: float
    trials: int | None
    started: float

    @classmethod
    def of(cls, budget: str | timedelta, trials: int | None) -> "Limits":
        """Return the limits of a search that starts now.

        Raises:
            UsageError: The budget is not a duration of a second or more, or there is less than one
                trial.
        """
        from ganaug.utils.durations import duration_text, seconds_in

        started = time.monotonic()
        if isinstance(budget, timedelta):
            budget = duration_text(budget)
        seconds = seconds_in(budget)
        if not seconds:
            raise UsageError(f"budget is {budget!r}; give a time such as 90s, 30m or 2h")
        if trials is not None and trials < 1:
            raise UsageError(f"trials is {trials}; give 1 or more, or leave it out for a budget")
        return cls(budget, seconds, trials, started)


def _open(data: Any, out: Path) -> Any:
    """Return the data module of the real images.

    Raises:
        UsageError: They can't be read from `data`, there is only one class, or `out` can't hold the
            results.
    """
    from ganaug.evaluation.advice.output.outputs import refuse_other_files
    from ganaug.evaluation.real_data import opened
    from ganaug.evaluation.utility.checks import refuse_a_single_class
    from ganaug.training.fitted import refuse_in_data

    refuse_unwritable(out, "out")
    data = opened(data, "data")
    refuse_a_single_class(data)
    refuse_in_data(out, data.card(), "out")
    refuse_other_files(out, data)
    return data


def _check_trainings(bench: "Workbench", classifiers: Iterable[str]) -> None:
    """Refuse classifiers that can't be trained on these images, before any training."""
    from ganaug.evaluation.advice.search.candidates import Candidate
    from ganaug.evaluation.utility.forecast import STEPS

    for name in classifiers:
        bench.trainer(Candidate(name), STEPS).check()


def _search(searching: "Searching", fitting: "Fitting", limits: Limits) -> "Advice":
    """Fit models, if any, within their share of the budget, and search."""
    if fitting.models:
        return _fit_and_search(searching, fitting, limits)
    return searching.advice(limits.started + PLANNED * limits.seconds, limits.budget)


def _fit_and_search(searching: "Searching", fitting: "Fitting", limits: Limits) -> "Advice":
    """Fit models within their share of the budget, and search with their sets."""
    from ganaug.evaluation.advice.fitting.fitting import SHARE
    from ganaug.evaluation.advice.images.sets import opened
    from ganaug.evaluation.advice.searching import JOURNAL

    bench, search_seconds = searching.bench, PLANNED * (1 - SHARE) * limits.seconds
    budget = f"{limits.budget}, of which fits take {SHARE:.0%}"
    if not fitting.begun:
        fitting.refuse_other_search(fitting.folder.with_name(JOURNAL))
        searching.planner.refuse_too_short(search_seconds, budget, fitting.further)
    started = time.monotonic()
    bench.sets |= opened(fitting.make(), bench.data)
    bench.drawn += fitting.drawn
    bench.labeled += [name for name in bench.sets if name in fitting.labeled]
    # The search always gets its share of the budget, regardless of how long fits took in this call.
    fit_seconds = time.monotonic() - started
    advice = searching.advice(limits.started + fit_seconds + search_seconds, budget)
    notes = [*advice.facts["notes"], *fitting.notes(advice.accuracy)]
    return replace(advice, facts={**advice.facts, "notes": notes, "fitted": fitting.facts})
