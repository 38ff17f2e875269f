"""Inputs of a report on a made-up set, with names that are harmful unless escaped."""

import torch

from ganaug.evaluation.result import Evaluation
from ganaug.reporting.inputs import ClassImages, Pairs, ReportInputs, Walk
from ganaug.reporting.plots import Line

HARMFUL = '<script>alert("1")</script>'
NAMES = [HARMFUL, "a & b 'c'"]


def scores(accuracy):
    recalls = (accuracy - 0.1, accuracy + 0.1)
    return {"balanced_accuracy": accuracy, "macro_f1": accuracy, "recalls": recalls,
            "calibration_error": 0.02}  # fmt: skip


def study(word, difference):
    verdict = {"word": word, "difference": difference, "interval": [difference - 0.01,
               difference + 0.01], "p_value": 0.01, "smallest": 0.012}  # fmt: skip
    arm, best = "real + augmentation", "real + augmentation + synthetic x 0.5"
    return {
        "classifier": "small",
        "steps": 100,
        "baseline": arm,
        "best": best,
        "verdict": word,
        "verdicts": {best: verdict},
        "results": {
            arm: [scores(0.8 + k / 1000) for k in range(3)],
            best: [scores(0.8 + difference + k / 900) for k in range(3)],
        },
    }


def metrics(copies=0.01, labels=0.95, recall=0.6):
    shares = dict.fromkeys(NAMES, labels)
    memorized = {"nearer": 0.5, "p_value": 0.4, "threshold": 0.8, "n": 80, "n_held_out": 50}
    baseline = {"value": 0.5, "spread": 0.1, "n": 100, "draws": 3}
    return {
        "writer": "ganaug tools/evaluate.py",
        "metrics": [
            {"name": "fid", "features": "domain-labels", "value": 12.5, "spread": None,
             "n_real": 100, "n_synthetic": 80, "real_baseline": baseline, "reason": ""},
            {"name": "recall", "features": "domain-labels", "value": recall, "spread": None,
             "n_real": 100, "n_synthetic": 80, "reason": "",
             "real_baseline": {**baseline, "value": 0.8}},
            {"name": "is", "features": "domain-labels", "value": None, "spread": None,
             "n_real": 100, "n_synthetic": 80, "real_baseline": None,
             "reason": "50 images are needed"},
        ],
        "agreement": {"judge": "judge", "overall": labels, "per_class": shares,
                      "n_per_class": dict.fromkeys(NAMES, 40), "real_overall": 0.97,
                      "real_per_class": dict.fromkeys(NAMES, 0.97), "n_real": 200, "reason": "",
                      "n_real_per_class": dict.fromkeys(NAMES, 100)},
        "memorization": memorized | {"copies": copies},
        "memorization_by_class": {name: memorized | {"copies": 0.25} for name in NAMES},
        "distances": {"synthetic": [0.5 + k / 50 for k in range(101)],
                      "held_out": [0.7 + k / 50 for k in range(101)]},
        "by_class": {
            name: {"c2st": {"value": 0.8, "interval": [0.7, 0.9], "real_baseline": baseline}}
            for name in NAMES
        },
    }  # fmt: skip


def manifest():
    return {
        "model": "ganaug.models.dcgan.DCGAN",
        "class_names": NAMES,
        "counts": {"synthetic": dict.fromkeys(NAMES, 40), "real": {}},
        "short": {},
        "passed": {name: {"tried": 50, "agreement": 40} for name in NAMES},
        "card": {"image_size": 8, "channels": 1, "class_counts": dict.fromkeys(NAMES, 30)},
        "seed": 0,
        "metadata_sha256": "0" * 64,
    }


def pixels(*shape):
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0)).byte()


def report_inputs(**changed):
    """Return all inputs of a report, with some replaced."""
    parts = {
        "folder": f"sets/{HARMFUL}",
        "manifest": manifest(),
        "metrics": metrics(),
        "study": study("helps", 0.03),
        "curves": {
            "generator/loss": Line((0, 50, 100), (2.0, float("nan"), 1.0)),
            "discriminator/loss": Line((0, 50, 100), (0.5, 0.6, 0.7)),
            "speed/images_per_second": Line((50, 100), (400.0, 410.0)),
        },
        "examples": [ClassImages(name, pixels(4, 1, 8, 8), pixels(3, 1, 8, 8)) for name in NAMES],
        "pairs": Pairs(pixels(2, 1, 8, 8), pixels(2, 1, 8, 8), NAMES, (0.5, 1.2), (True, False)),
        "walks": [Walk(name, pixels(5, 1, 8, 8)) for name in NAMES],
    }
    parts |= changed
    if isinstance(parts["metrics"], dict):
        parts["metrics"] = Evaluation.from_dict(parts["metrics"])
    return ReportInputs(**parts)
