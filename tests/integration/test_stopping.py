"""A run that was stopped and continued is the run that was never stopped, bit for bit."""

import json
import signal
from pathlib import Path

import pytest

from ganaug.cli.fit_arguments import expand
from ganaug.models import registry
from ganaug.training.run_files import batches_in
from helpers.stopped_runs import (
    End,
    EndAtOnce,
    Kill,
    KilledError,
    assert_same,
    assert_same_run,
    curves,
    first_words,
    fit,
    fit_with_stops,
    last,
)

CONFIGS = sorted(registry.CONFIGS.glob("*.yaml"))
# In the middle of the first epoch, and between it and the second.
PLACES = (2, 4)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_a_run_stopped_twice_is_the_run_that_was_not(config):
    words = first_words(config)
    assert_same_run(fit(words), fit_with_stops(words, PLACES))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_a_run_with_a_budget_that_was_stopped_is_the_run_that_was_not(config):
    # Seven batches: it ends within its second epoch. An hour is too long for a look at the clock.
    plan = {"seconds": 3600, "batches": 7, "images": 56, "part": 4}
    plan |= {"batch": 0.1, "check": 0.1, "end": 0.1}
    words = first_words(config, "--budget", "1h", "--plan", json.dumps(plan))
    words += ["--trainer.max_epochs", "-1"]
    whole, stopped = fit(words), fit_with_stops(words, (2, 5))
    assert batches_in(whole / "checkpoints" / "last.ckpt") == 7
    assert_same_run(whole, stopped)


# A history, a validation, gradients of two batches at each end, and the plainest.
@pytest.mark.parametrize("model", ["cyclegan", "vae", "wgan_gp", "gan"])
def test_a_run_that_a_time_limit_ended_goes_on_within_the_epoch(model):
    words = first_words(registry.config_of(model))
    whole, ended = fit(words), fit(words, End(3))
    ended = fit(expand(["--resume", str(ended)]), End(6))
    assert batches_in(ended / "checkpoints" / "last.ckpt") == 6
    assert_same(last(whole), last(fit(expand(["--resume", str(ended)]))))


def test_a_run_that_was_ended_trains_nothing_more_where_its_time_is_over():
    words = first_words(registry.config_of("gan"))
    ended = fit(words, End(3))
    again = fit(expand(["--resume", str(ended)]), EndAtOnce())
    assert_same(last(ended), last(again))


def test_workers_and_policies_go_on_too(tmp_path):
    words = first_words(registry.config_of("gan"), "--data.augmentation", "light")
    words += ["--data.num_workers", "1"]
    # In the middle of the second epoch as well, whose order the workers must know at once.
    assert_same_run(fit(words), fit_with_stops(words, (2, 6), signal.SIGINT))


def test_figures_of_samples_go_on_too():
    words = first_words(registry.config_of("cgan"), "--fidelity.every_epochs", "1")
    words += ["--fidelity.images", "400", "--fidelity.metrics", "[kid, prdc, modes, c2st, mifid]"]
    words += ["--fidelity.by_class", "true", "--agreement.every_epochs", "1"]
    whole, stopped = fit(words), fit_with_stops(words, (2, 6))
    figures = {"fidelity/domain_mifid", "fidelity_by_class/3/domain_c2st", "agreement_by_class/3"}
    assert figures < set(curves(whole))
    assert_same_run(whole, stopped)


def test_curves_after_the_last_checkpoint_of_a_killed_run_are_drawn_anew():
    words = first_words(registry.config_of("gan"), "--save.every_batches", "3")
    with pytest.raises(KilledError):
        fit(words, Kill(after=6))
    run = next(Path("runs/gan").iterdir())
    assert batches_in(run / "checkpoints" / "last.ckpt") == 4
    fit(expand(["--resume", str(run), "--model.generator_lr", "1e-5"]))
    steps = [step for step, _ in curves(run)["generator/loss"]]
    assert steps == list(range(8))


def test_a_checkpoint_that_is_due_after_a_validation_waits_a_batch():
    words = first_words(registry.config_of("vae"), "--save.every_batches", "2")
    with pytest.raises(KilledError):
        fit([*words, "--trainer.val_check_interval", "2"], Kill(after=4))
    run = next(Path("runs/vae").iterdir())
    assert batches_in(run / "checkpoints" / "last.ckpt") == 3
