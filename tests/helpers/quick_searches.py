"""Searches on a few digits that fit models to them."""

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.fitting.fitting import Fitting
from ganaug.evaluation.advice.search.candidates import Candidate
from helpers.quick_classifiers import RIDGE

QUICK = {"trials": 36, "augmentation": "none", "classifier": RIDGE}


class Killed(BaseException):
    """Simulates that the process is killed."""


def digits(**settings):
    """Return five images of one digit and twenty of another."""
    own = {"classes": [3, 8], "per_class": {"3": 5, "8": 20}, "image_size": 16, "validation": 0.0}
    return MNISTDataModule(**{**own, **settings})


def fitting(names, bench, out, seconds):
    return Fitting(names, bench, out, seconds, Candidate(RIDGE))
