"""The studies of membership: planted memorizers, sets that saw nothing, and fitted models."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

import ganaug
from benchmarks.metrics import digits, with_interval
from benchmarks.scarce import photographs
from benchmarks.scarce_metrics import all_flowers
from benchmarks.study import EVALUATE, SYNTHESIZE, Metrics, Study, Workspace
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.membership.attacker import Attacker
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.protocols import Critic
from ganaug.utils.pixels import to_float, to_uint8

# Draws, and images of each class in one: trained on, held out, never seen, and for the control.
DRAWS, COUNTS = 20, (20, 40, 20, 20)
PHOTOGRAPHS, SIDE, PUBLISHED = 100, 64, 1000
MODELS = ("r3gan", "dagan", "dcgan")


def planted(workspace: Workspace) -> Metrics:
    """Attack sets of slightly changed training images, and sets of images that nobody has seen.

    Of digits in the features of a network that is trained on each draw's training images, as a
    user's is; of flowers in ImageNet's.
    """
    found: dict[str, list[Attack]] = {}
    for name, data in (("digits", digits(workspace)), ("flowers", all_flowers(workspace, SIDE))):
        for draw in range(DRAWS):
            for kind, attack in attacked(data, draw):
                found.setdefault(f"{kind} {name}", []).append(attack)
    return {key: value for name, own in found.items() for key, value in _counted(name, own)}


def attacked(data: Any, draw: int) -> Iterator[tuple[str, Attack]]:
    """Yield the attacks on a memorizer's set, on one of images never seen, and the control."""
    train, held_out, unseen, control = cut(data.images("train"), draw)
    network: Any = ImageNetFeatures()
    if data.channels == 1:
        network, _ = train_domain_network(*train, data.num_classes, seed=2)
    detector = MemorizationDetector(network, train=train[0], held_out=held_out[0])
    attacker = Attacker(detector, train, held_out, control[0], data.class_names, seed=draw)
    noise = torch.randn(train[0].shape, generator=torch.Generator().manual_seed(draw))
    memorized = to_uint8((to_float(train[0]) + 0.05 * noise).clamp(-1, 1))
    yield "memorized", attacker.membership(detector.maps(memorized)).distance
    ignorant = attacker.membership(detector.maps(unseen[0]))
    yield "never seen", ignorant.distance
    if ignorant.control:
        yield "control", ignorant.control


def cut(real: tuple[Tensor, Tensor], draw: int) -> list[tuple[Tensor, Tensor]]:
    """Cut so many images of each class into parts, by a draw."""
    images, labels = real
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(draw))
    rows = [order[labels[order] == label].split(COUNTS[0]) for label in labels.unique()]
    parts, start = [], 0
    for count in COUNTS:
        pieces = slice(start, start + count // COUNTS[0])
        chosen = torch.cat([piece for own in rows for piece in own[pieces]])
        parts.append((images[chosen], labels[chosen]))
        start = pieces.stop
    return parts


def _counted(name: str, attacks: list[Attack]) -> Iterator[tuple[str, float]]:
    areas = [each.auc for each in attacks]
    yield f"AUC, {name}", sum(areas) / len(areas)
    yield f"AUC, {name}, least", min(areas)
    yield f"AUC, {name}, most", max(areas)
    holds = sum(each.interval[0] <= 0.5 <= each.interval[1] for each in attacks)
    yield f"intervals that hold one half, {name}", holds
    yield f"draws, {name}", len(attacks)


def of_a_model(workspace: Workspace) -> Metrics:
    """Attack the set of a fitted model by its images, and by its discriminator where it has one."""
    model = ganaug.load(workspace.run).model
    dataset: Any = ganaug.synthesize(
        workspace.run, workspace.home / "expanded", per_class=PUBLISHED
    )
    features: Any = "domain" if dataset.channels == 1 else "imagenet"
    run = workspace.run if isinstance(model, Critic) else None
    found = ganaug.evaluate(dataset, features=features, run=run).membership
    own = found.distance
    metrics = with_interval("AUC", own.auc, own.interval)
    metrics |= with_interval("told at 1% false alarms %", own.tpr, own.tpr_interval, 100)
    if known := found.control:
        metrics |= with_interval("AUC of the control", known.auc, known.interval)
    if known := found.discriminator:
        metrics |= with_interval("AUC by the discriminator", known.auc, known.interval)
    return metrics


DATA = {
    "photographs": f"{photographs('/sunflower', SIDE)} --data.per_class {PHOTOGRAPHS} "
    "--data.validation 0.2 --data.test 0.3",
    "digits": f"--data.root $full_mnist --data.per_class {COUNTS[0]}",
}
STUDIES = {
    "membership_planted": Study(planted, files=EVALUATE),
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
