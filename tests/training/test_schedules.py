"""Learning rates at each place of a run, and of a run that goes on."""

import json

import pytest
import torch
from lightning.pytorch import Trainer
from torch import nn

from ganaug.models import registry
from ganaug.training.budget import Plan
from ganaug.training.schedules import batches_of, keep_settings, schedule_of
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
    keep_settings([new], [0.1], [new_schedule])
    assert new.param_groups[0]["lr"] == pytest.approx(0.05)
    new.step()
    new_schedule.step()
    assert new.param_groups[0]["lr"] == pytest.approx(0.04)


def stepped(weight, optimizer):
    weight.grad = torch.ones_like(weight)
    optimizer.step()
    return weight.item()


def test_betas_given_on_resuming_are_used():
    weight = nn.Parameter(torch.zeros(1))
    old = torch.optim.Adam([weight], lr=0.1, betas=(0.5, 0.999))
    stepped(weight, old)
    new = torch.optim.Adam([weight], lr=0.1, betas=(0.0, 0.9))
    new.load_state_dict(old.state_dict())
    keep_settings([new], [0.1])
    assert new.param_groups[0]["betas"] == (0.0, 0.9)
    assert len(new.state) == 1, "its moments are those of the run"


@pytest.mark.parametrize(
    ("before", "now"),
    [(torch.optim.Adam, torch.optim.SGD), (torch.optim.SGD, torch.optim.Adam)],
)
def test_another_optimizer_given_on_resuming_begins_anew(before, now):
    weights = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    old, new, fresh = before([weights[0]], lr=0.3), now([weights[0]], lr=0.1), now([weights[1]])
    stepped(weights[0], old)
    new.load_state_dict(old.state_dict())
    keep_settings([new, fresh], [0.1, 0.1])
    at = weights[0].item() - 1
    assert stepped(weights[0], new) == pytest.approx(stepped(weights[1], fresh) + at)
    assert [set(state) for state in new.state.values()] == [
        set(state) for state in fresh.state.values()
    ]


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
    with pytest.raises(UsageError, match="'exponential' is not one of constant, linear, cosine"):
        schedule_of("exponential", optimizer, batches=10)


# An epoch has 4 batches, so its last step accumulates only the remaining ones.
@pytest.mark.parametrize(
    ("model", "flags"),
    [
        ("vae", ["--trainer.accumulate_grad_batches", "3"]),
        ("flow", ["--model.accumulate", "4"]),
        ("wgan_gp", ["--model.accumulate", "4", "--model.schedule", "linear"]),
    ],
)
@pytest.mark.parametrize("planned", [True, False])
def test_rates_are_down_at_the_end_where_several_batches_make_a_step(model, flags, planned):
    words = first_words(registry.config_of(model), *flags)
    if planned:
        plan = json.dumps(Plan(600, 8, 64, 4, 0.01, 0.01, 0.01)._asdict())
        words += ["--budget", "10m", "--plan", plan, "--trainer.max_epochs", "-1"]
    end = last(fit(words))
    assert end["loops"]["fit_loop"]["epoch_loop.batch_progress"]["total"]["completed"] == 8
    for rates in end["lr_schedulers"]:
        assert rates["_last_lr"] == pytest.approx([0])
