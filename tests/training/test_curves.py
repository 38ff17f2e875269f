"""Curves get points at the interval, of the batch that they stand at."""

from types import SimpleNamespace

import torch

from ganaug.training.curves import log_scalars


class Drawn:
    """Notes what is logged in which batch, on screen and in curves."""

    def __init__(self, every):
        self.shown, self.points = [], []
        self.loop = SimpleNamespace(total_batch_idx=0)
        self.epoch = SimpleNamespace(epoch_loop=self.loop, batch_idx=0)
        self.trainer = SimpleNamespace(log_every_n_steps=every, loggers=[self], fit_loop=self.epoch)

    def log(self, name, value, *, prog_bar, logger):
        assert prog_bar
        assert not logger, "the curve gets its points once"
        self.shown.append((name, float(value)))

    def log_metrics(self, figures, step):
        self.points.append((step, figures))


def test_curves_get_a_point_at_the_interval_with_the_figures_of_that_batch():
    module = Drawn(every=3)
    for number in range(7):
        module.loop.total_batch_idx = number
        figures = {"loss": torch.tensor(float(number)), "accuracy": torch.tensor(0.5)}
        log_scalars(module, figures, on_screen=("accuracy", "unknown"))
    assert module.points == [
        (2, {"loss": 2.0, "accuracy": 0.5}),
        (5, {"loss": 5.0, "accuracy": 0.5}),
    ]


def test_the_progress_bar_shows_the_first_batch_of_an_epoch_and_one_in_ten():
    module = Drawn(every=0)
    for number in range(23):
        module.epoch.batch_idx = number
        log_scalars(module, {"accuracy": torch.tensor(float(number))}, on_screen=("accuracy", "?"))
    assert module.shown == [("accuracy", 0.0), ("accuracy", 10.0), ("accuracy", 20.0)]


def test_no_interval_no_points():
    module = Drawn(every=0)
    log_scalars(module, {"loss": torch.tensor(1.0)})
    assert module.points == []
