"""The study of evaluate: its pace, once what it takes from the real images is kept."""

import json
from typing import Any

from benchmarks.study import Figures, Places, Study
from benchmarks.synthesis import quick_model, synthesize, timed
from ganaug.models.registry import ROOT

IMAGES = 10_000


def pace(places: Places) -> Figures:
    """Time evaluate on 10,000 images, after another set was held against the same real images."""
    where: list[Any] = ["--data-root", places.mnist] if places.mnist else []
    times = []
    for seed in range(2):
        out = f"set{seed}"
        timed(places.home, *synthesize(places, out, IMAGES // 10, "--seed", seed))
        tool = ROOT / "tools" / "evaluate.py"
        words = ["--synthetic", out, "--real", "mnist", *where, "--features", "domain"]
        times.append(timed(places.home, tool, *words))
    metrics = json.loads((places.home / "set1" / "metrics.json").read_text())
    return {
        "images": metrics["metrics"][0]["n_synthetic"],
        "seconds, real statistics kept": times[1].seconds,
        "seconds for the first set": times[0].seconds,
        "MiB": times[1].memory,
    }


EVALUATION_STUDIES = {"evaluate_pace": Study(quick_model, pace)}
