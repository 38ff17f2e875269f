"""What a fit, a set and an evaluation do on a GPU; skipped without one."""

import math

import pytest
import torch

import ganaug
from ganaug.cli.fit_arguments import expand
from ganaug.models import registry
from ganaug.training.run_files import batches_in
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.rng import seed_step
from helpers.stopped_runs import Stop, assert_same, first_words, fit, last

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
ACCELERATOR, DEVICE = "gpu", "cuda"
CONFIGS = sorted(registry.CONFIGS.glob("*.yaml"))
ON_GPU = ["--trainer.accelerator", ACCELERATOR, "--trainer.devices", "1"]
TWO_BATCHES = ["--trainer.max_epochs", "1", "--trainer.limit_train_batches", "2"]


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_model_takes_its_steps(config, precision):
    words = first_words(config, *ON_GPU, *TWO_BATCHES, "--trainer.precision", precision)
    run = fit(words)
    assert batches_in(run / "checkpoints" / "last.ckpt") == 2
    weights = last(run)["state_dict"].values()
    assert all(weight.isfinite().all() for weight in weights if torch.is_tensor(weight))


def test_a_run_goes_on_without_the_gpu():
    words = first_words(registry.config_of("gan"), *ON_GPU, "--trainer.precision", "32-true")
    with pytest.raises(RunStoppedError) as stop:
        fit(words, Stop(3))
    run = stop.value.checkpoint.parent.parent
    resumed = fit(expand(["--resume", str(run), "--trainer.accelerator", "cpu"]))
    assert resumed == run
    assert batches_in(run / "checkpoints" / "last.ckpt") == 8


def test_a_step_seeds_the_gpu():
    def noise(*step):
        seed_step(*step, DEVICE)
        return torch.randn(4, device=DEVICE)

    assert_same(noise(0, 0, 7), noise(0, 0, 7))
    assert not torch.equal(noise(0, 0, 7), noise(0, 1, 7))


def test_sets_are_filtered_and_measured():
    flags = ["--data.per_class", "40", "--data.classes", "[3, 8]"]
    run = fit(first_words(registry.config_of("cgan"), *ON_GPU, *TWO_BATCHES, *flags))
    filters = ["duplicates", "memorized"]
    filtered = ganaug.synthesize(
        run, "filtered", per_class=5, filters=filters, accelerator=ACCELERATOR
    )
    assert sum(filtered.counts.values()) > 0
    # A filtered one is too small after such a short fit.
    made = ganaug.synthesize(run, "expanded", per_class=15, accelerator=ACCELERATOR)
    found = ganaug.evaluate(made, device=DEVICE, quick=True)
    assert math.isfinite(found["kid"].value)
    assert found.memorization is not None
