"""advise: search for the best way to train a classifier on scarce images, and test it once."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.notes import notes_once
from ganaug.utils.choices import takes_choices
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK, in_turn
from ganaug.utils.several import several, several_names
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.advice.fitting.fitting import Fitting
    from ganaug.evaluation.advice.result import Advice
    from ganaug.evaluation.advice.searching import Searching
    from ganaug.evaluation.utility.choosing import ChosenClassifier

# Share of the budget that is planned; the rest is for what takes longer than it was timed.
PLANNED = 0.85
ALL = "all"
# Those that suit most images come first: short searches try no others.
FIRST_TRIED = ("light", "elastic", "strong", "mirror", "trivial", "rand")


@takes_paths("data", "out", "synthetic", "unlabelled", "augmentation")
@takes_choices
@notes_once()
def advise(
    data: Any,
    *,
    out: str | Path,
    budget: str = "30m",
    synthetic: str | Path | Sequence[str | Path] = (),
    unlabelled: str | Path | None = None,
    fit: str | Sequence[str] = (),
    classifier: str | Sequence[str] = "auto",
    augmentation: str | Sequence[str] = "all",
    seed: int = 0,
    storage: str | None = None,
    trials: int | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> "Advice":
    """Search for the best way to train a classifier on these images, and test it once.

    Candidates differ in classifier, augmentation, class balance, batch mixing and further images.
    They are compared by cross-validation of the training and validation images, and those that win
    are combined. The simplest within one standard error of the best is recommended, with further
    images only where they help by more than chance. It is compared on the test images with real
    images alone, with the default policy, and with each of its ingredients left out. The same call
    continues a search that was stopped.

    Args:
        data: The data module of the real images, or their folder.
        out: Folder for the results.
        budget: Time for all of it, such as 30m or 2h: a few steps are timed to decide how many
            trainings fit, once for a search.
        synthetic: Sets of further images, made by any program: folders of class folders, or as
            synthesize writes them. They take part in the search.
        unlabelled: Folder of images of unknown class: teachers, trained on the labelled ones, label
            those they are sure about, and these take part as a set. Unlabelled images of the data
            module do so, too.
        fit: Models to fit on the training images, such as projected, r3gan or dagan; auto is
            projected for color images if its package is installed, and dagan otherwise. They share
            half of the budget, even if `trials` is given, and each draws a set, which takes part
            like those of `synthetic`. With unlabelled images, they also learn from those that
            teachers label, and sgan labels them itself.
        classifier: One or several of auto, small, imagenet, a network of timm (timm:resnet18) or
            torchvision (resnet18), and module:function. auto is imagenet for color images if its
            package is installed, and small otherwise; the other one takes part if that is cheap.
        augmentation: all that have a name, or one or several names or files of albumentations; if
            these are given with all, they are tried first.
        seed: Of the folds and of all trainings; the test images don't depend on it.
        storage: URL of an Optuna storage, such as sqlite:///advice.db or that of a database; all
            processes and machines that are given the same one share the search. By default a file
            in `out`, which processes share, too.
        trials: The most trainings of the search, instead of a budget: the result then doesn't
            depend on the machine's speed.
        device: Where to train.

    Returns:
        The advice, also written to `out` as advice.json.

    Raises:
        UsageError: An argument is wrong, `out` holds other files, there is nothing to tell apart,
            or the budget is too short for the smallest search or for a model to fit.

    Example:
        >>> from datamodules.mnist import MNISTDataModule
        >>> data = MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)
        >>> advice = advise(data, out="advice", trials=40, augmentation="light")
        >>> advice.recommended.augmentation in ("none", "light")
        True
    """
    from datamodules.augmentation import load_augmentation
    from ganaug.evaluation.advice.fitting.fitting import Fitting
    from ganaug.evaluation.advice.images.heap import PSEUDO
    from ganaug.evaluation.advice.images.sets import opened
    from ganaug.evaluation.advice.output.outputs import refuse_other_files, write_outputs
    from ganaug.evaluation.advice.search.candidates import Candidate
    from ganaug.evaluation.advice.searching import Searching, default_policy
    from ganaug.evaluation.advice.trainings.workbench import Workbench
    from ganaug.evaluation.utility.checks import refuse_a_single_class
    from ganaug.evaluation.utility.forecast import STEPS
    from ganaug.training.fitted import refuse_in_data
    from ganaug.utils.device import choose_device
    from ganaug.utils.durations import seconds_in
    from ganaug.utils.output_folder import refuse_unwritable

    started = time.monotonic()
    seconds = seconds_in(budget)
    if not seconds:
        raise UsageError(f"budget is {budget!r}; give a time such as 90s, 30m or 2h")
    if trials is not None and trials < 1:
        raise UsageError(f"trials is {trials}; give 1 or more, or leave it out for a budget")
    refuse_unwritable(out, "out")
    data = _opened(data)
    refuse_a_single_class(data)
    refuse_in_data(out, data.card(), "out")
    refuse_other_files(Path(out), data)
    policies = _augmentations(augmentation)
    names = [name for name in policies if name != "none"]
    images = data.images("train")[0]
    asked = _classifiers(classifier, images)
    others = _others(classifier, asked, data, images)
    bench = Workbench(
        data,
        {**asked, **others},
        lambda name, size, channels: load_augmentation(policies[name], size, channels),
        sets=opened(several(synthetic), data),
        unlabelled=unlabelled,
        seed=seed,
        device=choose_device(device),
    )
    for name in asked:
        bench.trainer(Candidate(name), STEPS).check()
    teacher = default_policy(next(iter(asked)), names)
    fitting = Fitting(several_names(fit, "fit"), bench, Path(out), seconds, teacher)
    bench.folds.refuse_too_few()
    searching = Searching(
        bench,
        names,
        named=len({*several(augmentation)} - {ALL, "none"}),
        out=Path(out),
        storage=storage,
        trials=trials,
        asked=len(asked),
        compared=[PSEUDO] if fitting.models and bench.heap else [],
    )
    if fitting.models:
        advice = _with_fits(searching, fitting, started, seconds, budget)
    else:
        advice = searching.advice(started + PLANNED * seconds, budget)
    # Of processes that share a search, one trains the classifier, and the others find it.
    with in_turn(Path(out) / LOCK):
        return write_outputs(advice, bench, Path(out))


def _with_fits(
    searching: "Searching", fitting: "Fitting", started: float, seconds: float, budget: str
) -> "Advice":
    """Fit models within their share of the budget, and search with their sets in the rest."""
    from ganaug.evaluation.advice.fitting.fitting import SHARE
    from ganaug.evaluation.advice.images.sets import opened
    from ganaug.evaluation.advice.searching import JOURNAL

    bench, left = searching.bench, PLANNED * (1 - SHARE) * seconds
    budget = f"{budget}, of which fits take {SHARE:.0%}"
    if not fitting.begun:
        fitting.refuse_other_search(fitting.folder.with_name(JOURNAL))
        searching.refuse_too_short(left, budget, fitting.further)
    began = time.monotonic()
    bench.sets |= opened(fitting.make(), bench.data)
    bench.drawn += fitting.drawn
    bench.labelled += [name for name in bench.sets if name in fitting.labelled]
    # A search that goes on after a stop has as much time as one that was not stopped.
    fitted = time.monotonic() - began
    advice = searching.advice(started + fitted + left, budget)
    notes = [*advice.facts["notes"], *fitting.notes(advice.accuracy)]
    return replace(advice, facts={**advice.facts, "notes": notes, "fitted": fitting.facts})


def _opened(data: Any) -> Any:
    """Return the data module, of a folder if that is given."""
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(str(data)) if isinstance(data, str | Path) else data


def _augmentations(named: str | Sequence[str]) -> dict[str, str]:
    """Return augmentations by what the advice calls them, in the order in which to try them.

    A file is called by its name alone, so that the advice shows no folder of the user's.
    """
    from datamodules.augmentation import augmentation_names, check_augmentation

    every = list(dict.fromkeys([*FIRST_TRIED, *augmentation_names()]))
    # What is named is tried first: a short search has no time for all.
    asked = several_names(named, "augmentation", "give a name or a file, or a list of these")
    own = [name for name in asked if name != ALL]
    given = [*own, *(every if ALL in asked else [])]
    found = {"none": "none"}
    for name in dict.fromkeys(given):
        check_augmentation(name)
        called = name if name in augmentation_names() else _another(Path(name), found)
        found.setdefault(called, name)
    return found


def _another(path: Path, taken: Mapping[str, str]) -> str:
    """Return the name of a file, with a number where another file of this name is taken."""
    name, number = path.name, 2
    while name in taken:
        name, number = f"{path.stem} ({number}){path.suffix}", number + 1
    return name


def _classifiers(named: str | Sequence[str], images: "Tensor") -> "dict[str, ChosenClassifier]":
    """Return classifiers by name."""
    from ganaug.evaluation.utility.choosing import chosen_classifiers

    return {each.name: each for each in chosen_classifiers(named, images)}


def _others(
    named: str | Sequence[str],
    asked: "Mapping[str, ChosenClassifier]",
    data: Any,
    images: "Tensor",
) -> "dict[str, ChosenClassifier]":
    """Return the other classifier that auto may try, if the images can be read at its size."""
    from datamodules.errors import DataError
    from ganaug.evaluation.utility.choosing import AUTO, IMAGENET, SMALL
    from ganaug.utils.pretrained import is_installed

    if AUTO not in several(named):
        return {}
    other = SMALL if IMAGENET in asked else IMAGENET
    if other in asked or (other == IMAGENET and not is_installed("lite0")):
        return {}
    found = _classifiers(other, images)
    try:
        data.resized(found[other].size).images("train", limit=1)
    except DataError:  # a large set may not fit into memory there
        return {}
    return found
