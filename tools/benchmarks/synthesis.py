"""The studies of synthesize and evaluate: speed, memory, several processes, and kills."""

import json
import random
import statistics
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.speed import spread
from benchmarks.study import TOOLS, Metrics, Timed, Workspace, run_python
from ganaug.synthesis.writer.journal import UNFINISHED

IMAGES, EVALUATED = 50_000, 10_000
ROUNDS = 3
KILLS = 20

# A plain loop: the same generator and batches, and the same PNGs written one after the other,
# without any records.
BARE_LOOP = """
import sys
from contextlib import suppress
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


def command(workspace: Workspace, out: str, per_class: int, *options: Any) -> list[str]:
    """Return the command that expands the study's model."""
    tool = TOOLS / "synthesize.py"
    arguments = [tool, "--ckpt", workspace.run, "--out", out, "--per-class", per_class, *options]
    return [*map(str, arguments)]


def expand(workspace: Workspace, out: str, per_class: int, *options: Any) -> Timed:
    """Expand the study's model in a separate process."""
    return run_python(workspace.home, *command(workspace, out, per_class, *options))


def pace(workspace: Workspace) -> Metrics:
    """Time 50,000 images by synthesize and by a plain loop, in turn."""
    per_class, ratios, seconds = IMAGES // 10, [], []
    checkpoint = workspace.run / "checkpoints" / "last.ckpt"
    for number in range(ROUNDS):
        bare = run_python(workspace.home, "-c", BARE_LOOP, checkpoint, f"bare{number}", per_class)
        ours = expand(workspace, f"ours{number}", per_class)
        ratios.append(ours.seconds / bare.seconds)
        seconds.append(ours.seconds)
    return {
        "seconds for 50,000 images": statistics.median(seconds),
        **spread("wall time over the bare loop's", ratios),
    }


def memory(workspace: Workspace) -> Metrics:
    """Measure the peak memory for 10,000 and for 100,000 images."""
    small, large = (expand(workspace, f"made{n}", n // 10).memory for n in (10_000, 100_000))
    return {
        "MiB for 10,000 images": small,
        "for 100,000": large,
        "more by %": 100 * (large / small - 1),
    }


def two_processes(workspace: Workspace) -> Metrics:
    """Compare the files and times of one and two processes for the same plan."""
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", 2]
    single = expand(workspace, "one", 1000)
    double = expand(workspace, "two", 1000, *devices)
    return {
        "files that differ": len(differing(workspace.home / "one", workspace.home / "two")),
        "seconds with one": single.seconds,
        "with two": double.seconds,
    }


def kills(workspace: Workspace) -> Metrics:
    """Kill synthesize at random moments, restart it, and compare the final sets."""
    seconds = expand(workspace, "whole", 500).seconds
    rng = random.Random(workspace.seed)
    killed = same = tries = 0
    while killed < KILLS:
        out, tries = f"killed{tries}", tries + 1
        kill_once(workspace, out, seconds * rng.uniform(0.2, 1.0))
        # Killed midway: begun but not finished.
        if (workspace.home / out / UNFINISHED / "run.json").is_file():
            killed += 1
            expand(workspace, out, 500)
            same += not differing(workspace.home / "whole", workspace.home / out)
    return {"kills": killed, "folders the same byte for byte": same}


def kill_once(workspace: Workspace, out: str, delay: float) -> None:
    """Start synthesize, and kill it after some seconds if it is still running."""
    argv = [sys.executable, *command(workspace, out, 500)]
    # After the timeout, the process gets SIGKILL.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(argv, cwd=workspace.home, capture_output=True, timeout=delay, check=False)


def differing(folder: Path, other_folder: Path) -> list[str]:
    """Return the files that differ between two folders, or exist in only one."""
    first, second = (
        {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        for out in (folder, other_folder)
    )
    return [name for name in first.keys() | second.keys() if first.get(name) != second.get(name)]


def evaluate_pace(workspace: Workspace) -> Metrics:
    """Time evaluate on 10,000 images, before and after the statistics of real images are cached."""
    real_arguments: list[Any] = ["--data-root", workspace.mnist] if workspace.mnist else []
    times = []
    for seed in range(2):
        out = f"set{seed}"
        expand(workspace, out, EVALUATED // 10, "--seed", seed)
        arguments = ["--synthetic", out, "--real", "mnist", *real_arguments, "--features", "domain"]
        times.append(run_python(workspace.home, TOOLS / "evaluate.py", *arguments))
    metrics = json.loads((workspace.home / "set1" / "metrics.json").read_text(encoding="utf-8"))
    return {
        "images": metrics["metrics"][0]["n_synthetic"],
        "seconds, real statistics kept": times[1].seconds,
        "seconds for the first set": times[0].seconds,
        "MiB": times[1].memory,
    }
