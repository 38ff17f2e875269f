"""BudgetKeeper: a fit ends in time on a machine that is steady, gets slower, or gets faster."""

import time
from types import SimpleNamespace

import pytest
import torch

from ganaug.training.budget import Pace, plan_of
from ganaug.training.budget_keeper import BudgetKeeper, is_due, warn_of_other_schedules
from ganaug.training.schedules import schedule_of

PACE = Pace(batch=0.1, check=2.0, end=3.0, images=64, epoch=1000)


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: now.seconds)
    return now


def trainer_at(done):
    progress = SimpleNamespace(total_batch_idx=done - 1)
    return SimpleNamespace(
        is_global_zero=True,
        world_size=1,
        lr_scheduler_configs=[],
        should_stop=False,
        fit_loop=SimpleNamespace(epoch_loop=progress),
    )


def run(keeper, clock, seconds_of, *, done=0, stop=10**9):
    """Train until the keeper ends it, each batch as long as said; return the trainer."""
    trainer = trainer_at(done)
    keeper.on_train_start(trainer, None)
    while not trainer.should_stop and done < stop:
        keeper.on_train_epoch_start(trainer, None)
        for _ in range(keeper.plan.part):
            clock.seconds += seconds_of(done)
            done += 1
            trainer.fit_loop.epoch_loop.total_batch_idx = done - 1
            keeper.on_train_batch_end(trainer, None, None, None, 0)
            if trainer.should_stop or done == stop:
                break
        clock.seconds += 3.0 if trainer.should_stop else 2.0 * (done < stop)
    return done


def keeper_of(budget, clock, spent=10):
    keeper = BudgetKeeper(plan_of(budget, spent, PACE))
    keeper.started = clock.seconds - spent
    return keeper


def test_a_steady_machine_keeps_to_the_plan(clock, capsys):
    keeper = keeper_of("10m", clock)
    assert run(keeper, clock, lambda _: 0.1) == keeper.plan.batches
    assert clock.seconds == pytest.approx(1590, abs=1)
    assert capsys.readouterr().out == ""
    assert [keeper.progress(n) for n in (0, keeper.batches // 2, keeper.batches)] == pytest.approx(
        [0, 0.5, 1], abs=1e-3
    )


@pytest.mark.parametrize(
    ("seconds_of", "word"),
    [
        (lambda done: 0.1 if done < 2000 else 0.3, "slower"),
        # So late the fit gets a little shorter, which its last line says.
        (lambda done: 0.1 if done < 5000 else 1.0, None),
        (lambda done: 0.1 if done < 2000 else 0.04, "faster"),
    ],
)
def test_a_machine_that_changes_ends_in_time_with_rates_that_went_down(
    clock, capsys, seconds_of, word
):
    keeper = keeper_of("10m", clock)
    reached = []

    def seconds(done):
        reached.append(keeper.progress(done))
        return seconds_of(done)

    done = run(keeper, clock, seconds)
    assert clock.seconds - 990 == pytest.approx(600, rel=0.03)
    assert reached == sorted(reached)
    assert keeper.progress(done) == 1
    told = capsys.readouterr().out
    assert f"budget: the machine is {word} than it was" in told if word else not told


def test_a_checkpoint_keeps_the_plan_and_the_time_that_is_over(clock):
    first = keeper_of("10m", clock)
    run(first, clock, lambda done: 0.1 if done < 1000 else 0.3, stop=1500)
    state, over = first.state_dict(), first.elapsed()
    clock.seconds += 3600
    second = BudgetKeeper(first.plan)
    second.load_state_dict(state)
    assert second.elapsed() == pytest.approx(over)
    assert second.batches == first.batches < first.plan.batches
    assert [second.progress(n) for n in range(1500, 1600)] == [
        first.progress(n) for n in range(1500, 1600)
    ]


def test_a_run_that_is_over_trains_nothing_more_until_it_gets_more_time(clock):
    first = keeper_of("10m", clock)
    done = run(first, clock, lambda _: 0.1)
    same = BudgetKeeper(first.plan)
    same.load_state_dict(first.state_dict())
    assert run(same, clock, lambda _: 0.1, done=done) == done
    longer = BudgetKeeper(first.plan._replace(seconds=1200))
    longer.load_state_dict(first.state_dict())
    began = clock.seconds
    assert run(longer, clock, lambda _: 0.1, done=done) > 1.9 * done
    assert clock.seconds - began == pytest.approx(600, rel=0.03)


def test_a_run_that_has_no_time_left_before_its_first_batch_takes_one(clock):
    first = keeper_of("10m", clock)
    clock.seconds += 700
    late = BudgetKeeper(first.plan._replace(seconds=660))
    late.load_state_dict(first.state_dict())
    assert run(late, clock, lambda _: 0.1) == 1


def test_a_run_that_ended_at_once_knows_its_progress_before_that(clock):
    keeper = keeper_of("10m", clock)
    done = run(keeper, clock, lambda number: 0.1 if number < 1000 else 600)
    assert (done, keeper.batches, keeper.since) == (1001, 1001, 1001)
    assert 0.15 < keeper.progress(1000) < 0.25
    assert keeper.progress(1001) == 1


def test_a_rollback_gives_back_no_time(clock):
    first = keeper_of("10m", clock)
    done = run(first, clock, lambda _: 0.1, stop=1000)
    state = first.state_dict()
    run(first, clock, lambda _: 0.1, done=done, stop=2000)
    clock.seconds += 20
    second = BudgetKeeper(first.plan)
    second.follow(first)
    second.load_state_dict(state)
    assert second.elapsed() == first.elapsed() > state["spent"] + 120
    assert run(second, clock, lambda _: 0.1, done=done) < first.plan.batches - 1000
    assert clock.seconds - 990 == pytest.approx(600, rel=0.03)
    assert second.progress(second.batches) == 1


def test_only_the_end_of_a_budget_makes_every_interval_due():
    keeper = BudgetKeeper(plan_of("60s", 0, PACE))
    trainer = SimpleNamespace(current_epoch=0, callbacks=[SimpleNamespace(over=True), keeper])
    assert [is_due(trainer, every) for every in (0, 1, 2)] == [False, True, False]
    keeper.over = True
    assert [is_due(trainer, every) for every in (0, 1, 2)] == [False, True, True]


def test_a_schedule_that_does_not_follow_the_budget_is_named(recwarn):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    trainer = trainer_at(0)
    trainer.lr_scheduler_configs = [SimpleNamespace(scheduler=schedule_of("cosine", optimizer, 9))]
    warn_of_other_schedules(trainer)
    assert not recwarn
    for scheduler in (
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=9),
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda batch: 1 - batch / 9),
    ):
        trainer.lr_scheduler_configs = [SimpleNamespace(scheduler=scheduler)]
        with pytest.warns(UserWarning, match=r"LR does not follow the budget, .*scheduled"):
            warn_of_other_schedules(trainer)
