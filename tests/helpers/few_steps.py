"""Trains classifiers briefly, for tests that don't depend on how much they learn."""

from contextlib import contextmanager

import pytest

from ganaug.evaluation.utility import classifiers


@contextmanager
def few_steps(most=20):
    """Limit the steps of each training; the search and its results report the planned number."""
    steps_of = classifiers.training_steps

    def fewer(network, sampler, steps):
        return steps_of(network, sampler, min(steps, most))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifiers, "training_steps", fewer)
        yield
