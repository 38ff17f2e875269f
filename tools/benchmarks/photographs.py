"""The studies of photographs: projected and r3gan, measured in features that neither trained in."""

from pathlib import Path

import torch
from torch import Tensor

import ganaug
from benchmarks.metrics import classes_read, features
from benchmarks.scarce_metrics import (
    SAMPLES,
    all_flowers,
    expanded,
    sunflowers_of,
    trained_on,
    unseen,
)
from benchmarks.study import EVALUATE, SYNTHESIZE, Metrics, Study, Workspace
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.prdc import prdc

# Settings of the recipes, for the workspace's minutes.
RECIPES = {
    "projected": "--model projected --config $recipes/few_photographs.yaml",
    "r3gan": "--model r3gan --config $recipes/few_images.yaml",
}
# Factors of the workspace's minutes, which are 20.
OTHER_TIMES = {"3min": 0.15, "10min": 0.5, "60min": 3}
KINDS = 5
VARIATIONS = 96
OTHERS = "--data.classes \"['daisy', 'dandelion', 'rose', 'tulip']\""


def one_kind(model: str, images: int = 0, longer: float = 1) -> Study:
    """Return a study of sunflowers, all or a number of them, with a factor for the time."""
    few = f"--data.per_class {images} --data.validation 0.25" if images else ""
    settings = f"{RECIPES[model]} --data.root $photographs/train/sunflower {few} --budget $budget"
    return Study(sunflowers_judged, settings, longer=longer, files=EVALUATE)


def five_kinds(model: str, sunflowers: int = 0) -> Study:
    """Return a study of five kinds of flower, with all sunflowers or a number of them."""
    few = (
        f"--data.per_class '{{\"sunflower\": {sunflowers}}}' --data.balance 1" if sunflowers else ""
    )
    settings = f"{RECIPES[model]} --data.root $photographs {few} --budget $budget"
    return Study(kinds_judged, settings, files=EVALUATE)


def from_others(workspace: Workspace) -> Metrics:
    """Fine-tune a model of all other flowers on 60 sunflowers, and fit one from scratch."""
    few, quarter = one_kind("projected", 60).settings, workspace.minutes / 4
    tuned = workspace._replace(minutes=quarter).fit(f"{few} --init-from $run")
    runs = {
        "going on, in a quarter of the time": tuned,
        "from scratch": workspace.fit(few),
        "from scratch, in a quarter of the time": workspace._replace(minutes=quarter).fit(few),
    }
    metrics_by_run = {how: sunflowers_judged(workspace, run) for how, run in runs.items()}
    return {
        f"{name}, {how}": value
        for how, metrics in metrics_by_run.items()
        for name, value in metrics.items()
    }


def variations_judged(workspace: Workspace) -> Metrics:
    """Measure variations of real photographs, and samples of the same model for comparison."""
    varied = ganaug.synthesize(
        workspace.run, workspace.home / "varied", method="variations", per_class=VARIATIONS
    )
    metrics_by_source = {
        "variations": images_judged(workspace, workspace.run, varied.images),
        "samples": images_judged(workspace, workspace.run, expanded(workspace.run, VARIATIONS)[0]),
    }
    return {
        f"{name} of {how}": value
        for how, metrics in metrics_by_source.items()
        for name, value in metrics.items()
    }


def sunflowers_judged(workspace: Workspace, run: Path | None = None) -> Metrics:
    """Measure samples of a run, by default the first one."""
    run = run or workspace.run
    return images_judged(workspace, run, expanded(run, SAMPLES)[0])


def images_judged(workspace: Workspace, run: Path, images: Tensor) -> Metrics:
    """Measure images against test photographs: KID, precision, recall, and copies by two networks.

    The features are from EfficientNet-Lite2, which trained neither model. It selected the
    checkpoint of `projected`, on validation photographs, as Lite0 selected that of `r3gan`.
    """
    data = trained_on(run)
    flowers = all_flowers(workspace, data.image_size)
    judge = ImageNetFeatures("lite2")
    test, (train, _) = sunflowers_of(flowers, "test"), data.images("train")
    real, fake, train_features = features(judge, test, images, train)
    torch.manual_seed(0)
    overlap = prdc(real, fake)
    real_sets = {"train": train, "held_out": unseen(flowers, train)}
    by_things, by_kinds = (
        _copied(MemorizationDetector(network, **real_sets, mirrored=data.mirrors), images)
        for network in (judge, network_of(flowers, "evaluate", "cpu"))
    )
    return {
        "KID": kid(real, fake)[0],
        "KID of training photographs": kid(real, train_features)[0],
        "precision": overlap.precision,
        "recall": overlap.recall,
        "copies by lite2 %": 100 * len(by_things) / len(images),
        "copies by kinds %": 100 * len(by_kinds) / len(images),
        "copies by kinds of the same photograph %": 100 * _share_of_mode(by_kinds),
    }


def _copied(detector: MemorizationDetector, images: Tensor) -> Tensor:
    """Return the index of the training image that each copy among the images is closest to."""
    nearest = detector.look_up(images)
    return nearest.positions[detector.is_copy(nearest.distances)]


def _share_of_mode(positions: Tensor) -> float:
    """Return the share of the most frequent value, 0 if there are none.

    False copies are often all closest to one photograph with few details.
    """
    return float(positions.bincount().max() / len(positions)) if len(positions) else 0.0


def kinds_judged(workspace: Workspace) -> Metrics:
    """Measure whether a classifier of all real flowers recognizes the requested kinds."""
    flowers = all_flowers(workspace, trained_on(workspace.run).image_size)
    judge = network_of(flowers, "judge", "cpu")
    images, labels = expanded(workspace.run, SAMPLES // KINDS)
    test, test_labels = flowers.images("test")
    correct = (classes_read(judge, images) == labels).double()
    correct_real = (classes_read(judge, test) == test_labels).double()
    sunflower = flowers.class_names.index("sunflower")
    real, fake = features(ImageNetFeatures("lite2"), test, images)
    return {
        "agreement %": 100 * correct.mean().item(),
        "agreement of real images %": 100 * correct_real.mean().item(),
        "agreement of sunflowers %": 100 * correct[labels == sunflower].mean().item(),
        "agreement of real sunflowers %": 100
        * correct_real[test_labels == sunflower].mean().item(),
        "KID": kid(real, fake)[0],
    }


STUDIES = {
    **{f"photographs_{model}": one_kind(model) for model in RECIPES},
    **{
        f"photographs_{model}_{name}": one_kind(model, longer=times)
        for model in RECIPES
        for name, times in OTHER_TIMES.items()
    },
    # All flowers but sunflowers first.
    "photographs60_from_others": Study(
        from_others,
        f"{RECIPES['projected']} --data.root $photographs {OTHERS} --budget $budget",
        files=EVALUATE,
    ),
    "photographs_variations": Study(
        variations_judged, one_kind("projected").settings, files=(*EVALUATE, *SYNTHESIZE)
    ),
    **{f"photographs100_{model}": one_kind(model, 100) for model in RECIPES},
    **{f"kinds_{model}": five_kinds(model) for model in RECIPES},
    **{f"kinds60_{model}": five_kinds(model, 60) for model in RECIPES},
}
