"""The studies of speed: training against plain loops, the data path, the first batch."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import ganaug
from benchmarks import plain_loops
from benchmarks.metrics import digits, domain_fid
from benchmarks.study import TOOLS, Metrics, Workspace, curve, run_python
from ganaug.evaluation.features.domain import network_of
from ganaug.utils.rng import stream
from ganaug.utils.tensorboard import read_points

Sample = Callable[[Tensor, Tensor], Tensor]

ROUNDS, EPOCHS, WIDTHS = 3, 2, (32, 64)
# Number of training images in MNIST's embedded sample.
EPOCH_IMAGES = 18_000
FIDELITY_SAMPLES = 2000
# A fit with two points per curve, which takes hardly any time.
FEW_BATCHES = (
    "--trainer.log_every_n_steps 1 --trainer.limit_train_batches 3 --fidelity.every_epochs 0 "
    "--trainer.max_epochs 1"
)


def fit(
    workspace: Workspace,
    seed: int,
    settings: str = "",
    *,
    width: int = WIDTHS[0],
    program: Sequence[str | Path] = (TOOLS / "fit.py",),
) -> Path:
    """Fit with the loops' settings, including monitoring, and return the run."""
    full = f"--data.root $mnist --trainer.limit_train_batches {EPOCH_IMAGES // plain_loops.BATCH}"
    arguments = (
        f"--model dcgan --data.image_size {plain_loops.IMAGE_SIZE} --model.width {width} "
        f"--data.batch_size {plain_loops.BATCH} --trainer.max_epochs {EPOCHS} "
        f"{full if workspace.mnist else ''} {settings}"
    )
    return workspace._replace(seed=seed).fit(arguments, program)


def training_pace(width: int, workspace: Workspace) -> Metrics:
    """Train the same networks in turn by a textbook loop, a tuned loop and fit.

    Returns the speeds, their ratios per round, and the FID of the samples of each.
    """
    learn_features(workspace)
    runs = [turn_by_turn(workspace, width, seed) for seed in range(ROUNDS)]
    paces, fids = ({name: [run[i][name] for run in runs] for name in runs[0][i]} for i in (0, 1))
    metrics = {f"{name} images/s": statistics.median(values) for name, values in paces.items()}
    for loop in plain_loops.LOOPS:
        ratios = [a / b for a, b in zip(paces["fit"], paces[loop], strict=True)]
        metrics |= spread(f"fit over {loop}", ratios)
    for name, values in fids.items():
        metrics |= spread(f"{name} FID", values)
    return metrics


def spread(name: str, values: Sequence[float]) -> Metrics:
    """Return the median of several rounds, the minimum and the maximum."""
    return {
        name: statistics.median(values),
        f"{name}, least": min(values),
        f"{name}, most": max(values),
    }


def turn_by_turn(workspace: Workspace, width: int, seed: int) -> tuple[Metrics, Metrics]:
    """Train by fit and all loops, alternating batches; return images per second and FID of each."""
    run = fit(workspace, seed, width=width, program=("-m", "benchmarks.timed_fit"))
    turns = json.loads((run / "turns.json").read_text(encoding="utf-8"))
    paces = {name: turns["images"] / seconds for name, seconds in turns["seconds"].items()}
    samplers: dict[str, Sample] = {
        loop: loop_samples(run / f"{loop}.pt", width) for loop in plain_loops.LOOPS
    }
    model: Any = ganaug.load(run).model
    samplers["fit"] = model.sample
    return paces, {name: fidelity(workspace, sample) for name, sample in samplers.items()}


def learn_features(workspace: Workspace) -> None:
    """Train the feature networks that a first fit would train for its metrics, and cache them."""
    network_of(digits(workspace, image_size=plain_loops.IMAGE_SIZE), "fit", "cpu")


def fit_pace(run: Path) -> float:
    """Return a run's images per second from its first point to its last, everything included."""
    curves = read_points(run)
    first, last = curves["discriminator/loss"][0], curves["fidelity/domain_fid"][-1]
    return (last.step - first.step) * plain_loops.BATCH / (last.wall_time - first.wall_time)


def training_alone(run: Path) -> float:
    """Return a run's images per second within epochs, without the time between epochs.

    Each point covers the same number of images, so this is all images over all seconds. The first
    point is left out, since it includes the first calls of all functions.
    """
    _, *paces = (pace for _, pace in curve(run, "speed/images_per_second"))
    return statistics.harmonic_mean(paces)


def fidelity(workspace: Workspace, sample: Sample) -> float:
    """Measure the FID of samples of all digits against test images, on domain features."""
    labels = torch.arange(plain_loops.CLASSES).repeat(FIDELITY_SAMPLES // plain_loops.CLASSES)
    latents = torch.randn(len(labels), plain_loops.LATENTS, generator=stream(workspace.seed))
    data = digits(workspace, image_size=plain_loops.IMAGE_SIZE)
    return domain_fid(data, sample(latents, labels))


def loop_samples(path: Path, width: int) -> Sample:
    """Return samples of the generator saved by a plain loop."""
    generator = plain_loops.Players(width, tuned=True).generator.eval()
    generator.load_state_dict(torch.load(path, weights_only=True))
    return torch.no_grad()(generator)


def data_path(workspace: Workspace) -> Metrics:
    """Time data loading against training, and training with and without augmentation."""
    plain, changed = [], []
    for seed in range(ROUNDS):
        plain.append(training_alone(fit(workspace, seed)))
        changed.append(training_alone(fit(workspace, seed, "--data.augmentation light")))
    slower = [100 * (a / b - 1) for a, b in zip(plain, changed, strict=True)]
    step = plain_loops.BATCH / statistics.median(plain)
    return {
        "data alone, % of a training step": 100 * seconds_a_batch(workspace) / step,
        **spread("more time with augmentation light, %", slower),
    }


def monitoring_cost(workspace: Workspace) -> Metrics:
    """Return the fraction of a fit's time spent at the ends of epochs."""
    learn_features(workspace)
    runs = [fit(workspace, seed) for seed in range(ROUNDS)]
    shares = [100 * (1 - fit_pace(run) / training_alone(run)) for run in runs]
    return spread("of the time at the ends of epochs, %", shares)


def seconds_a_batch(workspace: Workspace) -> float:
    """Return the seconds per batch for loading the data of an epoch."""
    data = digits(workspace, image_size=plain_loops.IMAGE_SIZE, batch_size=plain_loops.BATCH)
    batches = data.train_dataloader()
    started = time.perf_counter()
    count = sum(1 for _ in batches)
    return (time.perf_counter() - started) / count


def first_batch(workspace: Workspace) -> Metrics:
    """Time a fit from the command to the end of the first batch, and its imports."""
    waits, imports = [], []
    for seed in range(ROUNDS):
        began = time.time()
        run = fit(workspace, seed, FEW_BATCHES)
        waits.append(read_points(run)["discriminator/loss"][0].wall_time - began)
        imported = run_python(workspace.home, "-c", "import ganaug.training.engine")
        imports.append(imported.seconds)
    return {**spread("seconds to the first batch", waits), **spread("imports of them", imports)}
