"""A timed fit that alternates batches with plain loops in the same process.

Run as `python -m benchmarks.timed_fit` with the arguments of a fit, such as `--model dcgan
--data.image_size 32 --data.batch_size 128`. It writes `turns.json` and the loops' generators to the
run's folder.
"""

import json
import sys
import time
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from benchmarks.plain_loops import BATCH, LOOPS, Players
from ganaug.cli.fit_arguments import expand
from ganaug.training import engine
from ganaug.training.trainers import data_of, run_folder

# Untimed batches at the start, since first calls select kernels and allocate memory.
WARM_UP = 10


class InTurn(Callback):
    """Runs a step of each plain loop after each batch of a fit, and times them all.

    Other load on the machine then slows all of them equally. The time outside of the loops counts
    as the fit's: batches, curves, the ends of epochs and checkpoints.
    """

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(("fit", *LOOPS), 0.0)
        self.batches, self.resumed_at = 0, 0.0
        self.players: dict[str, Players] = {}
        self.data: dict[str, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Build the loops with the same data and networks."""
        root = data_of(trainer).hparams["root"]
        for name, (batches_of, _) in LOOPS.items():
            self.players[name] = Players(pl_module.hparams["width"], tuned=name == "tuned")
            self.data[name] = batches_of(root)
        self.resumed_at = time.perf_counter()

    def on_train_batch_end(self, *_args: Any) -> None:
        """Take a step of each loop."""
        self._count("fit", time.perf_counter() - self.resumed_at)
        for name, (_, step) in LOOPS.items():
            started = time.perf_counter()
            step(self.players[name], *next(self.data[name]))
            self._count(name, time.perf_counter() - started)
        self.batches += 1
        self.resumed_at = time.perf_counter()

    def on_train_end(self, trainer: Trainer, *_args: Any) -> None:
        """Write the times, and save the generators."""
        self._count("fit", time.perf_counter() - self.resumed_at)
        folder = run_folder(trainer)
        timings = {"images": BATCH * (self.batches - WARM_UP), "seconds": self.seconds}
        (folder / "turns.json").write_text(json.dumps(timings), encoding="utf-8")
        for name, players in self.players.items():
            torch.save(players.generator.state_dict(), folder / f"{name}.pt")

    def _count(self, name: str, seconds: float) -> None:
        if self.batches >= WARM_UP:
            self.seconds[name] += seconds


if __name__ == "__main__":
    engine.fit_by_words(expand(sys.argv[1:]), objects={"callbacks": [InTurn()]})
