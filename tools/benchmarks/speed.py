"""The studies of speed: training beside plain loops, the data path, the first batch."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plain_loops
from benchmarks.figures import digits, domain_fid, fitted
from benchmarks.study import Figures, Places, Study, curve, run_python, run_tool
from benchmarks.synthesis import timed
from ganaug.evaluation.features.domain import network_of
from ganaug.utils.tensorboard import read_points

if TYPE_CHECKING:
    from torch import Tensor

Sample = Callable[["Tensor", "Tensor"], "Tensor"]

# Named, not imported: it takes seconds, and only training needs it.
TIMED_FIT = "benchmarks.timed_fit"
ROUNDS = 3
EPOCHS = 2
# The training images of MNIST's embedded sample.
EPOCH_IMAGES = 18_000
WIDTHS = (32, 64)
FIDELITY_SAMPLES = 2000


def training_pace(width: int, places: Places) -> Figures:
    """Train by a textbook's loop, by a tuned one and by fit, in turn, with the same networks.

    Gives the paces, their ratios round by round, and the FID of each way's samples.
    """
    learn_features(places)
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
    """Train each way, a batch in turn; give images a second and FID by way."""
    words = fit_words(places, width, seed)
    log = places.home / "fit.log"
    run = new_run(places, lambda: run_python(places.home, "-m", TIMED_FIT, *words, log=log))
    found = json.loads((run / "turns.json").read_text())
    paces = {way: found["images"] / seconds for way, seconds in found["seconds"].items()}
    samples = {loop: loop_samples(run / f"{loop}.pt", width) for loop in plain_loops.LOOPS}
    samples["fit"] = fitted(places, run)[0].sample
    return paces, {way: fidelity(places, sample) for way, sample in samples.items()}


# Enough for two points of a curve, and no time of its own.
FEW_BATCHES = (
    *("--trainer.log_every_n_steps", 1, "--trainer.limit_train_batches", 3),
    *("--fidelity.every_epochs", 0, "--trainer.max_epochs", 1),
)


def fit_words(places: Places, width: int, seed: int, *words: Any) -> list[Any]:
    """Return the words of a fit on the loops' terms, with all that it does beside training."""
    shape = ["--data.image_size", plain_loops.IMAGE_SIZE, "--model.width", width]
    rest = ["--data.batch_size", plain_loops.BATCH, "--trainer.max_epochs", EPOCHS]
    if places.mnist:
        rest += ["--data.root", places.mnist]
        rest += ["--trainer.limit_train_batches", EPOCH_IMAGES // plain_loops.BATCH]
    return ["--model", "dcgan", *shape, *rest, "--seed_everything", seed, *words]


def learn_features(places: Places) -> None:
    """Train what a data set's first fit trains for its figures, once for all, and keeps."""
    network_of(digits(places, image_size=plain_loops.IMAGE_SIZE), "fit", "cpu")


def new_run(places: Places, fit: Callable[[], None]) -> Path:
    """Return the folder of the run that a fit leaves."""
    before = set(places.home.glob("runs/*/*"))
    fit()
    (run,) = set(places.home.glob("runs/*/*")) - before
    return run


def fit_once(places: Places, seed: int, *words: Any) -> Path:
    """Train by fit at the smaller width, and return the run."""
    words = (*fit_words(places, WIDTHS[0], seed), *words)
    return new_run(places, lambda: run_tool(places.home, "fit", *words))


def fit_pace(run: Path) -> float:
    """Return the images a second of a run from its first point to its last, all included."""
    curves = read_points(run)
    first, last = curves["discriminator/loss"][0], curves["fidelity/domain_fid"][-1]
    return (last.step - first.step) * plain_loops.BATCH / (last.wall_time - first.wall_time)


def training_alone(run: Path) -> float:
    """Return the images a second within epochs, what happens at their ends left out.

    Each point stands for as many images, so this is all images over all seconds; the first point
    has the first calls of everything in it.
    """
    _, *paces = (pace for _, pace in curve(run, "speed/images_per_second"))
    return statistics.harmonic_mean(paces)


def fidelity(places: Places, sample: "Sample") -> float:
    """Measure the FID of samples of all digits against test images, on domain features."""
    import torch

    from ganaug.utils.rng import stream

    labels = torch.arange(plain_loops.CLASSES).repeat(FIDELITY_SAMPLES // plain_loops.CLASSES)
    latents = torch.randn(len(labels), plain_loops.LATENTS, generator=stream(places.seed))
    data = digits(places, image_size=plain_loops.IMAGE_SIZE)
    return domain_fid(data, sample(latents, labels))


def loop_samples(kept: Path, width: int) -> "Sample":
    """Return the generator that a plain loop left."""
    import torch

    generator = plain_loops.Players(width, tuned=True).generator.eval()
    generator.load_state_dict(torch.load(kept, weights_only=True))
    return torch.no_grad()(generator)


def data_path(places: Places) -> Figures:
    """Time the data alone and training, and training with and without an augmentation."""
    plain, changed = [], []
    for seed in range(ROUNDS):
        plain.append(training_alone(fit_once(places, seed)))
        changed.append(training_alone(fit_once(places, seed, "--data.augmentation", "light")))
    slower = [100 * (a / b - 1) for a, b in zip(plain, changed, strict=True)]
    step = plain_loops.BATCH / statistics.median(plain)
    return {
        "data alone, % of a training step": 100 * seconds_a_batch(places) / step,
        **spread("more time with augmentation light, %", slower),
    }


def monitoring_cost(places: Places) -> Figures:
    """Time all that a fit does at the ends of epochs beside the training within them."""
    learn_features(places)
    shares = []
    for seed in range(ROUNDS):
        run = fit_once(places, seed)
        shares.append(100 * (1 - fit_pace(run) / training_alone(run)))
    return spread("of the time at the ends of epochs, %", shares)


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
        run = fit_once(places, seed, *FEW_BATCHES)
        waits.append(read_points(run)["discriminator/loss"][0].wall_time - began)
        imports.append(timed(places.home, "-c", "import ganaug.training.engine").seconds)
    return {**spread("seconds to the first batch", waits), **spread("imports of them", imports)}


SPEED_STUDIES = {
    **{f"training_pace_{width}": Study(None, partial(training_pace, width)) for width in WIDTHS},
    "data_path": Study(None, data_path),
    "monitoring_cost": Study(None, monitoring_cost),
    "first_batch": Study(None, first_batch),
}
