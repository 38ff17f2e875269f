"""The studies of synthesis: its pace against a bare loop, its memory, and being killed."""

import random
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.study import Metrics, Study, Workspace, timed
from ganaug.models.registry import ROOT
from ganaug.synthesis.writer.journal import UNFINISHED

IMAGES = 50_000
ROUNDS = 3
KILLS = 20
# Images that the filter knows, images planted, and real images offered: of 100, chance alone
# rejects 1 or 6.
REMEMBERED, PLANTED, OFFERED = 5_000, 100, 1_000

# What anybody would write: the same generator in the same passes, the same PNGs, one file after
# the other, and no record of any of it.
BARE_LOOP = """
import sys
from pathlib import Path
import torch
from PIL import Image
from ganaug.training.checkpoints import load
checkpoint, out, per_class = load(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(len(__import__("os").sched_getaffinity(0)))
for label, name in enumerate(checkpoint.card.class_names):
    (out / name).mkdir(parents=True)
    for start in range(0, per_class, 64):
        latents = torch.randn(64, checkpoint.model.latent_dim)
        with torch.no_grad():
            images = checkpoint.model.sample(latents, torch.full((64,), label))
        pixels = images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()
        for i, image in enumerate(pixels[: per_class - start]):
            path = out / name / f"{start + i:06d}.png"
            Image.fromarray(image[0]).save(path, compress_level=1)
"""


def synthesize(workspace: Workspace, out: str, per_class: int, *words: Any) -> list[Any]:
    """Return the command that expands the study's model."""
    tool = ROOT / "tools" / "synthesize.py"
    return [tool, "--ckpt", workspace.run, "--out", out, "--per-class", per_class, *words]


def pace(workspace: Workspace) -> Metrics:
    """Time 50,000 images by synthesize and by a bare loop, in turn."""
    each, ratios, seconds = IMAGES // 10, [], []
    for number in range(ROUNDS):
        checkpoint = workspace.run / "checkpoints" / "last.ckpt"
        bare = timed(workspace.home, "-c", BARE_LOOP, checkpoint, f"bare{number}", each)
        ours = timed(workspace.home, *synthesize(workspace, f"ours{number}", each))
        ratios.append(ours.seconds / bare.seconds)
        seconds.append(ours.seconds)
    return {
        "seconds for 50,000 images": statistics.median(seconds),
        "wall time over the bare loop's": statistics.median(ratios),
        "least": min(ratios),
        "most": max(ratios),
    }


def memory(workspace: Workspace) -> Metrics:
    """Measure the most memory held for 10,000 and for 100,000 images."""
    few, many = (
        timed(workspace.home, *synthesize(workspace, f"made{n}", n // 10)).memory
        for n in (10_000, 100_000)
    )
    return {
        "MiB for 10,000 images": few,
        "for 100,000": many,
        "more by %": 100 * (many / few - 1),
    }


def two_processes(workspace: Workspace) -> Metrics:
    """Compare what one process and two make of the same plan, and their times."""
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", 2]
    one = timed(workspace.home, *synthesize(workspace, "one", 1000))
    two = timed(workspace.home, *synthesize(workspace, "two", 1000, *devices))
    return {
        "files that differ": len(differing(workspace.home / "one", workspace.home / "two")),
        "seconds with one": one.seconds,
        "with two": two.seconds,
    }


def kills(workspace: Workspace) -> Metrics:
    """Kill synthesize at random moments and start it again, and compare what it made at the end."""
    usual = timed(workspace.home, *synthesize(workspace, "whole", 500)).seconds
    rng = random.Random(workspace.seed)
    killed = same = tries = 0
    while killed < KILLS:
        out, tries = f"killed{tries}", tries + 1
        kill_once(workspace, out, usual * rng.uniform(0.2, 1.0))
        # In the middle of its work: begun, and not done.
        if (workspace.home / out / UNFINISHED / "run.json").is_file():
            killed += 1
            timed(workspace.home, *synthesize(workspace, out, 500))
            same += not differing(workspace.home / "whole", workspace.home / out)
    return {"kills": killed, "folders the same byte for byte": same}


def kill_once(workspace: Workspace, out: str, after: float) -> None:
    """Start synthesize and kill it, if it has not come to its end by then."""
    command = [sys.executable, *map(str, synthesize(workspace, out, 500))]
    process = subprocess.Popen(
        command, cwd=workspace.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def differing(one: Path, other: Path) -> list[str]:
    """Return the files that are not in both folders with the same bytes."""
    first, second = (
        {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        for out in (one, other)
    )
    return [name for name in first.keys() | second.keys() if first.get(name) != second.get(name)]


def memorization_filter(workspace: Workspace) -> Metrics:
    """Plant training images as samples, and offer real images that nothing was fitted on."""
    import torch

    from benchmarks.metrics import digits
    from ganaug.evaluation.features.domain import network_of
    from ganaug.evaluation.memorization.detector import MemorizationDetector
    from ganaug.synthesis.filters.memorization import MemorizationFilter
    from ganaug.synthesis.sources.base import Batch

    data = digits(workspace)
    random = torch.Generator().manual_seed(workspace.seed)
    train, test = (
        images[torch.randperm(len(images), generator=random)]
        for images in (data.images(split)[0] for split in ("train", "test"))
    )
    train = train[:REMEMBERED]
    network = network_of(data, "gate", "cpu")
    memory = MemorizationDetector(network, train=train, held_out=test[OFFERED:])
    screen = MemorizationFilter(memory, [""] * len(train), memorized=True, outliers=False)
    planted, new = (
        float(
            screen.judge(Batch(0, range(len(images)), images)).passed["memorized"].double().mean()
        )
        for images in (train[:PLANTED], test[:OFFERED])
    )
    return {
        "planted training images rejected %": 100 * (1 - planted),
        "new real ones passed %": 100 * new,
    }


def quick_model(workspace: Workspace) -> list[Any]:
    """Fit a model for long enough to have one."""
    del workspace
    return ["--model", "dcgan", "--data.per_class", 100, "--trainer.max_epochs", 1]


SYNTHESIS_STUDIES = {
    "synthesis_pace": Study(quick_model, pace),
    "synthesis_memory": Study(quick_model, memory),
    "synthesis_two_processes": Study(quick_model, two_processes),
    "synthesis_kills": Study(quick_model, kills),
    "memorization_filter": Study(None, memorization_filter),
}
