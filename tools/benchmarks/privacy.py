"""The studies of membership inference: planted memorizers, independent sets, and fitted models."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

import ganaug
from benchmarks.metrics import digits, features, with_interval
from benchmarks.scarce import photographs
from benchmarks.scarce_metrics import all_flowers
from benchmarks.study import EVALUATE, SYNTHESIZE, Metrics, Study, Workspace
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.membership.attacker import Attacker
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.prdc import prdc
from ganaug.protocols import Critic
from ganaug.synthesis.filters.private import PrivateFilter
from ganaug.synthesis.sources.base import Batch
from ganaug.utils.pixels import to_float, to_uint8

# Number of draws, and of images per class in each: training, held out, new, and control.
DRAWS, COUNTS = 20, (20, 40, 20, 20)
PHOTOGRAPHS, SIDE, PUBLISHED = 100, 64, 1000
MODELS = ("r3gan", "dagan", "dcgan")


def planted(workspace: Workspace) -> Metrics:
    """Attack sets of slightly changed training images, and sets of new images.

    Digits are compared in features of a network trained on each draw's training images, like a
    user's; flowers in ImageNet features.
    """
    attacks_by_set: dict[str, list[Attack]] = {}
    for name, data in (("digits", digits(workspace)), ("flowers", all_flowers(workspace, SIDE))):
        for draw in range(DRAWS):
            for kind, attack in attacked(data, draw):
                attacks_by_set.setdefault(f"{kind} {name}", []).append(attack)
    return {
        key: value
        for name, attacks in attacks_by_set.items()
        for key, value in _counted(name, attacks)
    }


def attacked(data: Any, draw: int) -> Iterator[tuple[str, Attack]]:
    """Yield the attacks on a memorizer's set and on a set of new images, and the control."""
    train, held_out, unseen, control = cut(data.images("train"), draw)
    network = network_for(data, train, 2)
    detector = MemorizationDetector(network, train=train[0], held_out=held_out[0])
    attacker = Attacker(detector, train, held_out, control[0], data.class_names, seed=draw)
    memorized = slightly_changed(train[0], draw)
    yield "memorized", attacker.membership(detector.maps(memorized)).distance
    ignorant = attacker.membership(detector.maps(unseen[0]))
    yield "never seen", ignorant.distance
    if ignorant.control:
        yield "control", ignorant.control


def filtered(workspace: Workspace) -> Metrics:
    """Measure the filter's effect and cost on half-memorized sets and on new images.

    Half of the former are slightly changed training images. The filter has its own network.
    """
    values_by_name: dict[str, list[float]] = {}
    for name, data in (("digits", digits(workspace)), ("flowers", all_flowers(workspace, SIDE))):
        for draw in range(DRAWS):
            for kind, value in before_and_after(data, draw):
                values_by_name.setdefault(f"{kind}, {name}", []).append(value)
    return {name: sum(values) / len(values) for name, values in values_by_name.items()}


def before_and_after(data: Any, draw: int) -> Iterator[tuple[str, float]]:
    """Yield the metrics of a draw before and after the filter."""
    train, held_out, unseen, control = cut(data.images("train"), draw)
    judge, filter_network = (network_for(data, train, seed) for seed in (2, 4))
    detector = MemorizationDetector(judge, train=train[0], held_out=held_out[0])
    attacker = Attacker(detector, train, held_out, control[0], data.class_names, seed=draw)
    memory = MemorizationDetector(filter_network, train=train[0], held_out=control[0])
    screen = PrivateFilter(memory, control[0])
    half = torch.cat([slightly_changed(train[0], draw), unseen[0]])
    (real,) = features(judge, held_out[0])
    for name, generated in (("half memorized", half), ("new", unseen[0])):
        passed = screen.judge(Batch(0, range(len(generated)), generated)).passed["private"]
        yield f"rejected % of {name}", 100 * float((~passed).double().mean())
        for when, images in (("before", generated), ("after", generated[passed])):
            (fake,) = features(judge, images)
            attack = attacker.membership(detector.maps(images)).distance
            torch.manual_seed(0)
            yield f"AUC {when}, {name}", attack.auc
            yield (
                f"intervals that hold one half % {when}, {name}",
                100 * float(attack.interval[0] <= 0.5 <= attack.interval[1]),
            )
            yield f"KID {when}, {name}", kid(real, fake)[0]
            yield f"recall {when}, {name}", prdc(real, fake).recall


def network_for(data: Any, train: tuple[Tensor, Tensor], seed: int) -> Any:
    """Return an ImageNet network for photographs, or one trained on the digits."""
    if data.channels == 3:
        return ImageNetFeatures()
    return train_domain_network(*train, data.num_classes, seed=seed)[0]


def slightly_changed(images: Tensor, draw: int) -> Tensor:
    """Add a little noise to images."""
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(draw))
    return to_uint8((to_float(images) + 0.05 * noise).clamp(-1, 1))


def cut(real: tuple[Tensor, Tensor], draw: int) -> list[tuple[Tensor, Tensor]]:
    """Split images of each class into parts at random."""
    images, labels = real
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(draw))
    rows = [order[labels[order] == label].split(COUNTS[0]) for label in labels.unique()]
    parts, start = [], 0
    for count in COUNTS:
        pieces = slice(start, start + count // COUNTS[0])
        part_rows = torch.cat([piece for class_rows in rows for piece in class_rows[pieces]])
        parts.append((images[part_rows], labels[part_rows]))
        start = pieces.stop
    return parts


def _counted(name: str, attacks: list[Attack]) -> Iterator[tuple[str, float]]:
    aucs = [attack.auc for attack in attacks]
    yield f"AUC, {name}", sum(aucs) / len(aucs)
    yield f"AUC, {name}, least", min(aucs)
    yield f"AUC, {name}, most", max(aucs)
    holds = sum(attack.interval[0] <= 0.5 <= attack.interval[1] for attack in attacks)
    yield f"intervals that hold one half, {name}", holds
    yield f"draws, {name}", len(attacks)


def of_a_model(workspace: Workspace) -> Metrics:
    """Attack a fitted model through its images and, if it has one, its discriminator."""
    model = ganaug.load(workspace.run).model
    dataset: Any = ganaug.synthesize(
        workspace.run, workspace.home / "expanded", per_class=PUBLISHED
    )
    network: Any = "domain" if dataset.channels == 1 else "imagenet"
    run = workspace.run if isinstance(model, Critic) else None
    membership: Any = ganaug.evaluate(dataset, features=network, run=run).membership
    attack = membership.distance
    metrics = with_interval("AUC", attack.auc, attack.interval)
    if attack.tpr is not None:
        metrics |= with_interval("told at 1% false alarms %", attack.tpr, attack.tpr_interval, 100)
    if other := membership.control:
        metrics |= with_interval("AUC of the control", other.auc, other.interval)
    if other := membership.discriminator:
        metrics |= with_interval("AUC by the discriminator", other.auc, other.interval)
    return metrics


DATA = {
    "photographs": f"{photographs('/sunflower', SIDE)} --data.per_class {PHOTOGRAPHS} "
    "--data.validation 0.2 --data.test 0.3",
    "digits": f"--data.root $full_mnist --data.per_class {COUNTS[0]}",
}
STUDIES = {
    "membership_planted": Study(planted, files=EVALUATE),
    "membership_private": Study(filtered, files=(*EVALUATE, *SYNTHESIZE)),
    **{
        f"membership_models_{model}_{name}": Study(
            of_a_model,
            f"--model {model} {settings} --budget $budget",
            files=(*EVALUATE, *SYNTHESIZE),
        )
        for model in MODELS
        for name, settings in DATA.items()
    },
}
