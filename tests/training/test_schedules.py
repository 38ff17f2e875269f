"""Learning rates at each place of a run, and of a run that goes on."""

import json

import pytest
import torch
from lightning.pytorch import Trainer
from torch import nn

from ganaug.models import registry
from ganaug.training.budget import Plan
from ganaug.training.schedules import batches_of, keep_rates, schedule_of
from ganaug.utils.errors import UsageError
from helpers.stopped_runs import first_words, fit, last


@pytest.mark.parametrize(
    ("name", "expected"),
    [("constant", [1, 1, 1]), ("linear", [1, 0.5, 0]), ("cosine", [1, 0.5, 0])],
)
def test_schedules_at_start_middle_and_end(name, expected):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = schedule_of(name, optimizer, batches=10)
    rates = [schedule.get_last_lr()[0]]
    for _ in range(10):
        optimizer.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
    assert [rates[0], rates[5], rates[10]] == pytest.approx(expected, abs=1e-9)


def test_a_rate_asked_for_on_resuming_is_used():
    def optimizer_and_schedule(rate):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
        return optimizer, schedule_of("linear", optimizer, batches=10)

    old, old_schedule = optimizer_and_schedule(0.4)
    for _ in range(5):
        old.step()
        old_schedule.step()
    new, new_schedule = optimizer_and_schedule(0.1)
    new.load_state_dict(old.state_dict())
    new_schedule.load_state_dict(old_schedule.state_dict())
    keep_rates([new], [0.1], [new_schedule])
    assert new.param_groups[0]["lr"] == pytest.approx(0.05)
    new.step()
    new_schedule.step()
    assert new.param_groups[0]["lr"] == pytest.approx(0.04)


def test_a_clock_that_may_cut_a_schedule_off_is_named(recwarn):
    clock = Trainer(max_time="00:00:10:00", max_epochs=7, logger=False)
    clock.fit_loop.setup_data = lambda: None
    clock.fit_loop.max_batches = 10
    assert batches_of(clock, "constant") == 70
    assert not [each for each in recwarn if "schedule" in str(each.message)]
    with pytest.warns(UserWarning, match=r"'linear' ends after 7 epochs, and trainer.max_time"):
        batches_of(clock, "linear")


def test_a_falling_schedule_needs_an_end():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    with pytest.raises(UsageError, match=r"'linear' needs to know .* trainer.max_epochs"):
        schedule_of("linear", optimizer, batches=float("inf"))
    with pytest.raises(UsageError, match="'exponential' is none of constant, linear, cosine"):
        schedule_of("exponential", optimizer, batches=10)


# Epochs of 4 batches: the last step of each takes what is left of them.
@pytest.mark.parametrize(
    ("model", "flags"),
    [
        ("vae", ["--trainer.accumulate_grad_batches", "3"]),
        ("flow", ["--model.accumulate", "4"]),
        ("wgan_gp", ["--model.accumulate", "4", "--model.schedule", "linear"]),
    ],
)
def test_a_plan_counts_batches_where_several_make_a_step(model, flags):
    plan = Plan(600, 8, 64, 4, 0.01, 0.01, 0.01)
    words = first_words(registry.config_of(model), *flags)
    words += ["--budget", "10m", "--plan", json.dumps(plan._asdict()), "--trainer.max_epochs", "-1"]
    end = last(fit(words))
    assert end["loops"]["fit_loop"]["epoch_loop.batch_progress"]["total"]["completed"] == 8
    for rates in end["lr_schedulers"]:
        assert rates["_last_lr"] == pytest.approx([0])
