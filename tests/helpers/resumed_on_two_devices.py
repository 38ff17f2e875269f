"""Fits a model on two devices, once without and once with an interruption, and saves both states.

Run by torchrun, with the output folder and the model's name as arguments.
"""

import sys
from contextlib import suppress
from pathlib import Path

import torch

from ganaug.cli.fit_arguments import expand
from ganaug.models import registry
from ganaug.training import hardware
from ganaug.training.builder import FitCLI
from helpers.stopped_runs import Kill, KilledError, first_words

# Stopped within an accumulated step, if the model accumulates batches.
FLAGS = [
    *("--trainer.devices", "2", "--data.per_class", "32", "--save.every_batches", "1"),
    *("--trainer.max_epochs", "1", "--trainer.limit_train_batches", "4"),
    *("--trainer.enable_model_summary", "false"),
]


def state_after(words, *callbacks):
    cli = FitCLI(words)
    cli.trainer.callbacks[:0] = callbacks
    resume = cli.config.resume
    with suppress(KilledError):
        cli.trainer.fit(cli.model, datamodule=cli.datamodule, ckpt_path=resume, weights_only=True)
    return Path(cli.trainer.log_dir), dict(cli.model.state_dict()), cli.trainer.global_rank


if __name__ == "__main__":
    hardware.filter_warnings()
    folder, name = Path(sys.argv[1]), sys.argv[2]
    words = first_words(registry.config_of(name), *FLAGS)
    _, whole, rank = state_after(words)
    run, _, _ = state_after(words, Kill(after=4))
    _, resumed, _ = state_after(expand(["--resume", str(run)]))
    torch.save({"whole": whole, "resumed": resumed}, folder / f"{name}-{rank}.pt")
