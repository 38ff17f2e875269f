"""Fits every model on two devices, and saves what each process saw and its results.

Run by torchrun, with the output folder as the argument.
"""

import hashlib
import sys
from pathlib import Path

import torch
from lightning.pytorch import Callback

from ganaug.models import registry
from ganaug.training import hardware
from ganaug.training.builder import FitCLI
from helpers.stopped_runs import QUICK, first_words

BATCHES = 2
FLAGS = [
    *("--trainer.devices", "2", "--data.per_class", "32", "--save.every_batches", "1"),
    *("--trainer.max_epochs", "1", "--trainer.limit_train_batches", str(BATCHES)),
    *("--trainer.enable_model_summary", "false"),
]


class Notes(Callback):
    """Records the images of each batch, and the state of torch's generator after it."""

    def __init__(self):
        self.seen, self.noise = [], []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        images = batch[0] if trainer.datamodule.batch_kind == "plain" else batch[0].chunk(2)[0]
        self.seen += [hashlib.sha256(image.numpy().tobytes()).hexdigest() for image in images]
        self.noise.append(torch.get_rng_state())


def fit_and_note(config, folder):
    cli = FitCLI(first_words(config, *FLAGS))
    notes = Notes()
    cli.trainer.callbacks.append(notes)
    cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    noted = {
        "weights": dict(cli.model.named_parameters()),
        "seen": notes.seen,
        "noise": notes.noise,
        "figures": dict(cli.trainer.callback_metrics),
        "kind": cli.datamodule.batch_kind,
    }
    torch.save(noted, folder / f"{config.stem}-{cli.trainer.global_rank}.pt")


if __name__ == "__main__":
    hardware.filter_warnings()
    assert "--trainer.limit_train_batches" in QUICK
    for each in sorted(registry.CONFIGS.glob("*.yaml")):
        fit_and_note(each, Path(sys.argv[1]))
