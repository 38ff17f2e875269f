"""Short fits that are stopped and resumed, and a comparison of two runs."""

import os
import signal
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from ganaug.cli.fit_arguments import expand
from ganaug.training.builder import FitCLI
from ganaug.training.stop_signals import RunStoppedError

TWO_KINDS = "datamodules.unpaired_digits.UnpairedDigitsDataModule"
DIGITS = "datamodules.mnist.MNISTDataModule"
QUICK = [
    *("--data.per_class", "16", "--data.root", "null", "--data.batch_size", "8"),
    *("--data.validation", "0.1", "--trainer.limit_train_batches", "4"),
    *("--trainer.max_epochs", "2", "--trainer.max_time", "null", "--trainer.accelerator", "cpu"),
    *("--trainer.log_every_n_steps", "1", "--trainer.enable_progress_bar", "false"),
    # Image grids by wall time would differ between an uninterrupted and a resumed run.
    *("--fidelity.every_epochs", "0", "--stability.images", "20", "--grid.every_minutes", "null"),
]
# Settings that give each stateful part a state to restore, such as a full image pool or a
# decaying learning rate.
STATES = {
    "cyclegan": ["--model.history", "6"],
    "r3gan": ["--model.discriminator_augmentation", "adaptive", "--model.schedule", "cosine"],
    "wgan_gp": ["--model.accumulate", "3", "--model.n_critic", "2"],
    "flow": [
        *("--model.accumulate", "2", "--model.width", "8", "--model.sampling_steps", "2"),
    ],
    "vae": ["--trainer.accumulate_grad_batches", "2"],
    "dcgan": ["--model.schedule", "linear", "--model.discriminator_augmentation", "diffaugment"],
}


class Stop(Callback):
    """Sends the process a signal after a number of batches."""

    def __init__(self, after, number=signal.SIGTERM):
        self.after, self.number = after, number

    def on_train_batch_end(self, trainer, *_):
        if trainer.fit_loop.epoch_loop.total_batch_idx + 1 == self.after:
            os.kill(os.getpid(), self.number)


class End(Stop):
    """Ends the run as a time limit does: after a batch, with all end-of-epoch hooks."""

    def on_train_batch_end(self, trainer, *_):
        if trainer.fit_loop.epoch_loop.total_batch_idx + 1 == self.after:
            trainer.should_stop = True


class EndAtOnce(Callback):
    """Ends the run before its first batch, like a time limit that has already expired."""

    def on_train_start(self, trainer, *_):
        trainer.should_stop = True


class KilledError(Exception):
    pass


class Kill(Stop):
    """Ends the run without warning, like a killed process."""

    def on_train_batch_end(self, trainer, *_):
        if trainer.fit_loop.epoch_loop.total_batch_idx + 1 == self.after:
            raise KilledError


def first_words(config, *flags):
    data = TWO_KINDS if "CycleGAN" in config.read_text() else DIGITS
    return ["--config", str(config), "--data", data, *QUICK, *STATES.get(config.stem, []), *flags]


def fit(words, *callbacks):
    cli = FitCLI(words)
    cli.trainer.callbacks[:0] = callbacks
    resume = cli.config.resume
    cli.trainer.fit(cli.model, datamodule=cli.datamodule, ckpt_path=resume, weights_only=True)
    return Path(cli.trainer.log_dir)


def fit_with_stops(words, places, number=signal.SIGTERM):
    # A process numbers its event files, and files of the same second are sorted as text, the 10th
    # before the 9th. Real runs resume in a new process.
    event_file_writer._global_uid = event_file_writer.AtomicCounter(0)
    for place in places:
        with pytest.raises(RunStoppedError) as stop:
            fit(words, Stop(place, number))
        assert stop.value.exit_code == 128 + number
        run = stop.value.checkpoint.parent.parent
        words = expand(["--resume", str(run)])
    return fit(words)


def curves(run):
    events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    scalars = {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
        if not tag.startswith("speed/")
    }
    return scalars | {
        tag: [(event.step, event.encoded_image_string) for event in events.Images(tag)]
        for tag in events.Tags()["images"]
    }


def last(run):
    checkpoint = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    # Their keys contain the run's folder.
    del checkpoint["callbacks"]
    return checkpoint


def assert_same(one, other, place=""):
    assert type(one) is type(other), place
    if isinstance(one, dict):
        assert one.keys() == other.keys(), place
        for name in one:
            assert_same(one[name], other[name], f"{place}/{name}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for number, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{place}/{number}")
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other), place
    else:
        assert one == other, place


def assert_same_run(one, other):
    assert_same(last(one), last(other))
    assert_same(curves(one), curves(other))
    for sheet in sorted((one / "samples").iterdir()):
        assert sheet.read_bytes() == (other / "samples" / sheet.name).read_bytes()
