"""The studies of speed: training beside plain loops, the data path, the first batch."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli import plain_loops
from ganaug.cli.catalogue import ROOT
from ganaug.cli.evaluated import domain_network
from ganaug.cli.figures import digits, fitted
from ganaug.cli.study import Figures, Places, Study, curve, run_tool
from ganaug.cli.synthesis_studies import timed

if TYPE_CHECKING:
    from torch import Tensor

Sample = Callable[["Tensor", "Tensor"], "Tensor"]

ROUNDS = 3
EPOCHS = 2
# The training images of MNIST's embedded sample.
EPOCH_IMAGES = 18_000
WIDTHS = (32, 64)
FIDELITY_SAMPLES = 2000


def training_pace(places: Places) -> Figures:
    """Train by a textbook's loop, by a tuned one and by fit, in turn, with the same networks."""
    figures: Figures = {}
    for width in WIDTHS:
        figures |= {
            f"width {width}: {name}": value for name, value in beside_loops(places, width).items()
        }
    return figures


def beside_loops(places: Places, width: int) -> Figures:
    """Give the paces at a width, their ratios round by round, and the FID of each way's samples."""
    runs = [turn_by_turn(places, width, seed) for seed in range(ROUNDS)]
    paces, fids = ({name: [run[i][name] for run in runs] for name in runs[0][i]} for i in (0, 1))
    figures = {f"{name} images/s": statistics.median(each) for name, each in paces.items()}
    for loop in ("textbook", "tuned"):
        ratios = [a / b for a, b in zip(paces["fit"], paces[loop], strict=True)]
        figures |= spread(f"fit over {loop}", ratios)
    for name, values in fids.items():
        figures |= spread(f"{name} FID", values)
    return figures


def spread(name: str, values: Sequence[float]) -> Figures:
    """Give the median of several rounds, and the least and the most."""
    return {
        name: statistics.median(values),
        f"{name}, least": min(values),
        f"{name}, most": max(values),
    }


def turn_by_turn(places: Places, width: int, seed: int) -> tuple[Figures, Figures]:
    """Train once each way; give images a second and FID by way."""
    paces, fids = {}, {}
    for loop in ("textbook", "tuned"):
        kept = places.home / f"{loop}-{width}-{seed}.pt"
        paces[loop] = loop_pace(places, loop, width, seed, kept)
        fids[loop] = fidelity(places, loop_samples(kept, width))
    run = fit_once(places, width, seed)
    paces["fit"] = fit_pace(run)
    fids["fit"] = fidelity(places, fitted(places, run)[0].sample)
    return paces, fids


def loop_pace(places: Places, loop: str, width: int, seed: int, kept: Path) -> float:
    """Train by a plain loop, in a process of its own."""
    root = ["--root", places.mnist] if places.mnist else []
    size = ["--width", width, "--images", EPOCHS * EPOCH_IMAGES, "--seed", seed, "--out", kept]
    command = [sys.executable, "-m", plain_loops.__name__, loop, *root, *map(str, size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])["images_per_second"]


# Enough for two points of a curve, and no time of its own.
FEW_BATCHES = (
    *("--trainer.log_every_n_steps", 1, "--trainer.limit_train_batches", 3),
    *("--fidelity.every_epochs", 0, "--trainer.max_epochs", 1),
)


def fit_once(places: Places, width: int, seed: int, *words: Any) -> Path:
    """Train by fit, with all that it does beside training, and return the run."""
    before = set(places.home.glob("runs/*/*"))
    shape = ["--data.image_size", plain_loops.IMAGE_SIZE, "--model.width", width]
    rest = ["--data.batch_size", plain_loops.BATCH, "--trainer.max_epochs", EPOCHS]
    if places.mnist:
        rest += ["--data.root", places.mnist]
        rest += ["--trainer.limit_train_batches", EPOCH_IMAGES // plain_loops.BATCH]
    rest += ["--seed_everything", seed, *words]
    run_tool(places.home, "fit", "--model", "dcgan", *shape, *rest)
    (run,) = set(places.home.glob("runs/*/*")) - before
    return run


def fit_pace(run: Path) -> float:
    """Return the images a second of a run from its first point to its last, all included."""
    (first, started), *_ = points(run, "discriminator/loss")
    *_, (last, ended) = points(run, "fidelity/domain_fid")
    return (last - first) * plain_loops.BATCH / (ended - started)


def points(run: Path, tag: str) -> list[tuple[int, float]]:
    """Return (batch, wall time) of each point of a run's curve."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run), size_guidance={"scalars": 0})
    events.Reload()
    return [(event.step, event.wall_time) for event in events.Scalars(tag)]


def training_alone(run: Path) -> float:
    """Return the images a second within epochs, what happens at their ends left out."""
    return statistics.median(pace for _, pace in curve(run, "speed/images_per_second"))


def fidelity(places: Places, sample: "Sample") -> float:
    """Measure the FID of samples of all digits against test images, on domain features."""
    import torch

    from ganaug.evaluation.fidelity import FidelityMonitor
    from ganaug.random_streams import stream

    labels = torch.arange(plain_loops.CLASSES).repeat(FIDELITY_SAMPLES // plain_loops.CLASSES)
    latents = torch.randn(len(labels), plain_loops.LATENTS, generator=stream(places.seed))
    data = digits(places, image_size=plain_loops.IMAGE_SIZE)
    monitor = FidelityMonitor(domain_network(data, "evaluate", "cpu"), data.images("test")[0])
    return monitor.score(sample(latents, labels))["fid"]


def loop_samples(kept: Path, width: int) -> "Sample":
    """Return the generator that a plain loop left."""
    import torch

    generator = plain_loops.Players(width, tuned=True).generator.eval()
    generator.load_state_dict(torch.load(kept, weights_only=True))
    return torch.no_grad()(generator)


def data_path(places: Places) -> Figures:
    """Time the data alone beside training, and training with a policy beside training without."""
    plain, changed = [], []
    for seed in range(ROUNDS):
        plain.append(training_alone(fit_once(places, 32, seed)))
        changed.append(training_alone(fit_once(places, 32, seed, "--data.policy", "light")))
    slower = [100 * (a / b - 1) for a, b in zip(plain, changed, strict=True)]
    step = plain_loops.BATCH / statistics.median(plain)
    return {
        "data alone, % of a training step": 100 * seconds_a_batch(places) / step,
        **spread("more time with policy light, %", slower),
    }


def seconds_a_batch(places: Places) -> float:
    """Time the batches of an epoch with nothing done to them."""
    data = digits(places, image_size=plain_loops.IMAGE_SIZE, batch_size=plain_loops.BATCH)
    batches = data.train_dataloader()
    started = time.perf_counter()
    count = sum(1 for _ in batches)
    return (time.perf_counter() - started) / count


def first_batch(places: Places) -> Figures:
    """Time the way from the command to the end of the first batch, and the imports on it."""
    waits, imports = [], []
    for seed in range(ROUNDS):
        began = time.time()
        run = fit_once(places, 32, seed, *FEW_BATCHES)
        waits.append(points(run, "discriminator/loss")[0][1] - began)
        imports.append(timed(places.home, "-c", "import ganaug.cli.fit").seconds)
    return {**spread("seconds to the first batch", waits), **spread("imports of them", imports)}


SPEED_STUDIES = {
    "training_pace": Study(None, training_pace),
    "data_path": Study(None, data_path),
    "first_batch": Study(None, first_batch),
}
