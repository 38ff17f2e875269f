"""The family's figures: fits each model as a user does, over seeds, and prints the table."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ganaug.cli.catalogue import ROOT, choose, config_of
from ganaug.cli.parsing import parse_strictly
from ganaug.errors import UsageError

Figures = dict[str, float]

EXAMPLE = """\
example:
  python tools/benchmark.py --models dcgan cgan acgan --seeds 0 1 2 --data-root data
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Fits models on MNIST, measures each by what it must show, prints a table.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--models", nargs="+", metavar="NAME", default=list(STUDIES), help="default: all of them")
    add("--seeds", nargs="+", type=int, default=[0], metavar="N", help="default: 0")
    add("--data-root", metavar="DIR", help="full MNIST; default: the embedded sample")
    add("--out", type=Path, default=Path("runs/benchmark"), help="what is there is not done again")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Run what has not been run yet, and print the table of all that was asked for."""
    options = parse(arguments)
    for name in options.models:
        choose("study", name, STUDIES)
        config_of(name)
    results = {
        (name, seed): run_once(name, seed, options)
        for name in options.models
        for seed in options.seeds
    }
    print(table(options.models, options.seeds, results))


def run_once(name: str, seed: int, options: argparse.Namespace) -> Figures:
    """Fit and measure one model with one seed, or read what a former call measured."""
    home = (options.out / f"{name}-{seed}").resolve()
    kept = home / "figures.json"
    if kept.is_file():
        return json.loads(kept.read_text())
    if home.exists():
        raise UsageError(f"{home} holds an unfinished run; remove it, or give --out another folder")
    home.mkdir(parents=True)
    root = [] if options.data_root is None else [str(Path(options.data_root).resolve())]
    started = time.perf_counter()
    data = ["--data.root", *root] if root else []
    run_tool(home, "fit", "--model", name, "--seed_everything", seed, *data)
    figures = {"minutes": (time.perf_counter() - started) / 60}
    figures |= STUDIES[name](home, home / "runs" / name / "version_0", root)
    kept.write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def run_tool(home: Path, name: str, *words: Any) -> None:
    """Run a tool in a folder, its output into a log there.

    Raises:
        UsageError: It failed; names the log.
    """
    log = home / f"{name}.log"
    command = [sys.executable, str(ROOT / "tools" / f"{name}.py"), *map(str, words)]
    with log.open("w") as file:
        code = subprocess.run(
            command, cwd=home, stdout=file, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        raise UsageError(f"{' '.join(command[1:])} failed with {code}; see {log}")


def labels_hold(home: Path, run: Path, root: Sequence[str]) -> Figures:
    """Measure agreement with the class asked for, and FID beside its floor, on 5,000 samples."""
    run_tool(home, "synthesize", "--ckpt", run, "--out", "expanded", "--per-class", 500)
    where = ["--data-root", *root] if root else []
    run_tool(home, "evaluate", "--synthetic", "expanded", "--real", "mnist", *where)
    metrics = json.loads((home / "expanded" / "metrics.json").read_text())
    agreed = metrics["agreement"]
    fid = next(figure for figure in metrics["figures"] if figure["name"] == "FID")
    return {
        "agreement %": 100 * agreed["overall"],
        "worst class %": 100 * min(agreed["per_class"].values()),
        "domain FID": fid["value"],
        "floor": fid["floor"]["value"],
    }


def nearest_neighbour(home: Path, run: Path, root: Sequence[str]) -> Figures:
    """Measure agreement, and the nearest-neighbour test of Radford et al. on 50,000 samples."""
    import torch

    from datamodules.mnist import MNISTDataModule
    from ganaug.checkpoints import load
    from ganaug.evaluation.nearest import nearest_neighbour_error
    from ganaug.synthesis import draw

    data = MNISTDataModule(root=root[0] if root else None)
    test = data.images("test")
    loaded = load(run / "checkpoints" / "best.ckpt")
    names = loaded.card.class_names
    batches = list(draw(loaded.model, dict.fromkeys(names, 50_000 // len(names)), names))
    images = torch.cat([batch.images for batch in batches])
    labels = torch.cat([torch.full((len(b.images),), b.label) for b in batches])
    return {
        **labels_hold(home, run, root),
        "1-NN error %": 100 * nearest_neighbour_error(images, labels, *test),
        "1-NN error of real %": 100 * nearest_neighbour_error(*data.images("train"), *test),
    }


def critic_follows(home: Path, run: Path, root: Sequence[str]) -> Figures:
    """Measure agreement, and how the critic's distance and FID rank together over training."""
    from scipy.stats import spearmanr

    losses, fids = curve(run, "discriminator/loss"), curve(run, "fidelity/domain_fid")
    # The critic's distance at an epoch's end: the mean of what was logged during the epoch.
    distances, before = [], -1
    for step, _ in fids:
        distances.append(-statistics.fmean(v for s, v in losses if before < s <= step))
        before = step
    rank = spearmanr(distances, [fid for _, fid in fids]).statistic
    return {**labels_hold(home, run, root), "rank correlation": float(rank)}


def bound(home: Path, run: Path, root: Sequence[str]) -> Figures:  # noqa: ARG001 - as every study
    """Read the bound on the binarized test set, and its two terms."""
    terms = ("negative_elbo", "reconstruction", "kl")
    return {f"{name} nats": curve(run, f"test/{name}")[-1][1] for name in terms}


def curve(run: Path, tag: str) -> list[tuple[int, float]]:
    """Read a curve of a run: (batch, value) pairs."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run), size_guidance={"scalars": 0})
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(tag)]


def table(
    names: Sequence[str], seeds: Sequence[int], results: dict[tuple[str, int], Figures]
) -> str:
    """Lay the figures out in Markdown: means over the seeds, with the range where there are two."""
    lines = [
        f"| model | figures (mean of {len(seeds)} seeds, range) | command |",
        "| --- | --- | --- |",
    ]
    for name in names:
        runs = [results[name, seed] for seed in seeds]
        cells = [f"{key} {_spread([run[key] for run in runs])}" for key in runs[0]]
        lines.append(f"| `{name}` | {'; '.join(cells)} | `python tools/fit.py --model {name}` |")
    return "\n".join([*lines, "", f"on {os.cpu_count()} cores"])


def _spread(values: list[float]) -> str:
    mean = f"{statistics.fmean(values):.3g}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3g} to {max(values):.3g})"


STUDIES: dict[str, Callable[[Path, Path, Sequence[str]], Figures]] = {
    "dcgan": nearest_neighbour,
    "cgan": labels_hold,
    "acgan": labels_hold,
    "wgan_gp": critic_follows,
    "vae": bound,
}
