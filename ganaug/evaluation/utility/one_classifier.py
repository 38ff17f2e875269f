"""The study of one classifier: its arms, their trainings, and the verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from datamodules.augmentation import load_augmentation
from datamodules.console import say
from ganaug.evaluation.utility.arms import (
    Arm,
    arms_of,
    chosen_arms,
    draws_note,
    further_arms,
    quick_arms,
)
from ganaug.evaluation.utility.checks import feasible, refuse_missing_images
from ganaug.evaluation.utility.choosing import ChosenClassifier
from ganaug.evaluation.utility.forecast import STEPS, forecast, quick_note, quick_steps
from ganaug.evaluation.utility.material import Material, facts_of, groups_note, identity_of
from ganaug.evaluation.utility.plan import Plan
from ganaug.evaluation.utility.result import Study
from ganaug.evaluation.utility.selection import Selection
from ganaug.evaluation.utility.significance import NO_DIFFERENCE
from ganaug.evaluation.utility.study import StudyRunner, compare


@dataclass(frozen=True)
class Settings:
    """Settings of a study; see `utility`."""

    augmentation: Sequence[str]
    seeds: int
    steps: int | None
    quick: bool
    arms: Sequence[str]
    device: str


def study_of(
    classifier: ChosenClassifier, material: Material, settings: Settings, folder: Path
) -> Study:
    """Run the study of one classifier.

    Args:
        classifier: The classifier to train.
        material: The real and synthetic images.
        settings: Settings of the study.
        folder: Folder of the results; a stopped study is resumed from it.

    Raises:
        UsageError: The arms can't be compared, or the folder holds another study.
    """
    data, images = material.data, material.at(classifier.size)
    validation = images.pop("validation")
    policies = {
        name: policy
        for name in dict.fromkeys(settings.augmentation)
        if (policy := load_augmentation(name, classifier.size, data.channels))
    }
    plan = Plan.of(images["real"].labels, images["synthetic"].labels, data.num_classes)
    arms = feasible(_arms_to_run(arms_of(policies, plan), settings), classifier)
    refuse_missing_images(arms, images, data.class_names)
    identity = identity_of(material.dataset, material.images["synthetic"])
    facts = {**facts_of(identity, data, classifier.name, policies), **classifier.facts}
    groups = data.groups("test")
    notes = {
        "classifier_note": classifier.note(material.dataset.file_size),
        "generator_note": classifier.flattered_by(material.trained_with),
        "draws_note": draws_note(arms, len(images["real"].images), len(images["synthetic"].images)),
        "groups_note": groups_note(groups),
    }
    say("\n".join(note for note in notes.values() if note))
    selection = Selection(arms, images["real"], validation, data.groups("train"))
    runner = StudyRunner(
        folder,
        facts=facts,
        build=classifier.build(validation),
        num_classes=data.num_classes,
        steps=_steps(settings, arms, selection),
        device=settings.device,
        **images,
    )
    forecast(runner, arms, settings.seeds, selection.trainings, groups)
    scores = runner.run(arms, range(settings.seeds))
    baseline, notes["selection_note"] = selection.choose(runner)
    synthetic = {arm.name: arm.synthetic for arm in arms}
    study = compare(scores, synthetic.__getitem__, images["test"].labels, plan, baseline, groups)
    if settings.quick:
        verdict = study.verdicts[study.best]
        smallest = verdict.smallest if verdict.word == NO_DIFFERENCE else None
        notes["quick"] = quick_note(runner.steps, settings.seeds, len(arms), smallest)
    facts = {**facts, **{key: note for key, note in notes.items() if note}}
    return replace(study, class_names=tuple(data.class_names), facts=facts)


def _arms_to_run(standard: Sequence[Arm], settings: Settings) -> list[Arm]:
    """Return the arms named in the settings, or the default arms of a full or quick study."""
    if settings.quick and not settings.arms:
        return quick_arms(standard)
    return chosen_arms(standard, settings.arms, further_arms(standard))


def _steps(
    settings: Settings, arms: Sequence[Arm], selection: Selection
) -> int | Callable[[StudyRunner], int]:
    """Return the steps of each training, or for a quick study a function that estimates them."""
    if settings.steps:
        return settings.steps
    if not settings.quick:
        return STEPS
    # The selection has as many trainings of each candidate as a quick study has seeds.
    trainings = [*arms, *(selection.candidates if selection.parts else ())]
    return partial(quick_steps, arms=trainings, seeds=settings.seeds)
