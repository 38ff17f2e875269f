"""The exploration `history`: samples and metrics of each checkpoint of a run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ganaug.evaluation.evaluator import Evaluator
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.held_out import to_choose_by
from ganaug.evaluation.table import share
from ganaug.protocols import Sampler
from ganaug.reporting.latent_space.explore import EXPLORATIONS
from ganaug.reporting.latent_space.session import Session
from ganaug.training.checkpoints import load, read_plain
from ganaug.utils.errors import UsageError
from ganaug.utils.pictures import Row
from ganaug.utils.pixels import to_uint8

# Number of samples to measure for each checkpoint, and default number of latents to show.
MEASURED, SHOWN = 1000, 8
COLUMNS = ("FID", "KID", "precision", "recall", "coverage")


class Stage(NamedTuple):
    """A checkpoint, its number of finished epochs, and its images."""

    file: Path
    epochs: int
    images: Tensor


@EXPLORATIONS.register("history")
def history(session: Session, *, count: int = SHOWN) -> Iterator[Path]:
    """Draw the same latents with every checkpoint, in columns, and print the metrics."""
    stages = list(_stages(session, max(MEASURED, count)))
    classes = session.labels(count)
    columns = [f"{stage.file.stem}\nepoch {stage.epochs}" for stage in stages]
    rows = [
        Row(
            session.caption(f"latent {i}", classes, i),
            torch.stack([stage.images[i] for stage in stages]),
            columns,
        )
        for i in range(count)
    ]
    print("\n".join(_table(session, stages)))
    yield session.write("the same latents with each checkpoint", rows)


def _stages(session: Session, count: int) -> Iterator[Stage]:
    latents, labels = session.latents(count), session.labels(count)
    for epochs, file in sorted((epochs_done(file), file) for file in _files(session)):
        checkpoint = load(file, str(session.device))
        assert isinstance(checkpoint.model, Sampler), "a run holds one kind of model"
        images = replace(session, model=checkpoint.model).draw(latents, labels)
        yield Stage(file, epochs, images)


def _files(session: Session) -> list[Path]:
    path = session.path
    folder = path / "checkpoints" if (path / "checkpoints").is_dir() else path
    if not folder.is_dir():
        raise UsageError(f"model {path}: history takes a run's folder or a folder of checkpoints")
    return list(folder.glob("*.ckpt"))


def _table(session: Session, stages: list[Stage]) -> Iterator[str]:
    """Yield a table of each checkpoint's metrics on validation images; missing ones are a dash."""
    from ganaug.evaluation.features.feature_set import FeaturePair, describe
    from ganaug.evaluation.memorization.result import expected_copies
    from ganaug.evaluation.metrics.measure import measure
    from ganaug.evaluation.metrics.registry import metrics_named

    data, device = session.data, str(session.device)
    class_labels = session.labels(len(stages[0].images))
    # Unconditional samples are compared with equal numbers of real images of each class.
    in_turn = torch.arange(len(stages[0].images)) % len(data.class_names)
    labels = in_turn if class_labels is None else class_labels.cpu()
    network = network_of(data, "evaluate", device)
    held_out = to_choose_by(data)
    against = held_out.images, held_out.labels
    evaluator = Evaluator(data, network, device, labels, session.seed, against)
    headings = (*COLUMNS, "agreement", "copies")
    yield f"{'checkpoint':<24}{'epochs':>7}" + "".join(f"{name:>11}" for name in headings)
    reasons: dict[str, None] = {}
    for stage in stages:
        images = to_uint8(stage.images)
        feature_set = describe(network, images, labels)
        pair = FeaturePair(network, feature_set, evaluator.reference, evaluator.train)
        results = measure(pair, metrics_named(["fid", "kid", "prdc"]))
        reasons |= {result.reason: None for result in results.values() if result.value is None}
        agreed = None if class_labels is None else evaluator.agreement(images, labels).overall
        memory = evaluator.detector
        copies = None if isinstance(memory, UsageError) else memory.judge(images).copies
        cells = [_number(results[name.lower()].value) for name in COLUMNS] + [
            share(agreed),
            share(copies),
        ]
        row = "".join(f"{cell:>11}" for cell in cells)
        yield f"{stage.file.stem:<24}{stage.epochs:>7}{row}"
    yield from (f"-: {reason}" for reason in reasons)
    yield (
        f"measured with {network.name}, on {len(labels)} images of the same latents against real "
        f"{held_out.name} images"
    )
    if not isinstance(evaluator.detector, UsageError):
        expected = share(expected_copies(len(evaluator.held_out)))
        yield f"copies: of new real images, {expected} are expected to count as such"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def epochs_done(file: Path) -> int:
    """Return the number of finished epochs of a checkpoint.

    Raises:
        UsageError: The file is not a checkpoint of a fit.
    """
    try:
        # The checkpoint's `epoch` is one less if it was written at the end of an epoch.
        return int(read_plain(file)["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"])
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is not a checkpoint of a fit; move it out of the folder"
        ) from error
