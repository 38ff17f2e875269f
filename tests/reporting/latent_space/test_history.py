"""A run's history: each column is named by its checkpoint and epoch."""

from pathlib import Path
from types import SimpleNamespace

import torch

from ganaug.reporting.latent_space import history
from ganaug.reporting.latent_space.history import Stage


def test_each_column_is_named(monkeypatch):
    stages = [Stage(Path(f"{name}.ckpt"), k, torch.zeros(9, 1, 8, 8)) for name, k in NAMES.items()]
    monkeypatch.setattr(history, "_stages", lambda *_: iter(stages))
    monkeypatch.setattr(history, "_table", lambda *_: [])
    written = SimpleNamespace(
        labels=lambda _: None,
        caption=lambda name, *_: name,
        write=lambda title, rows: (title, rows),
    )
    ((title, rows),) = history.history(written, count=2)
    assert title == "the same latents with each checkpoint"
    assert [row.caption for row in rows] == ["latent 0", "latent 1"]
    assert [row.labels for row in rows] == [["best\nepoch 3", "last\nepoch 10"]] * 2


NAMES = {"best": 3, "last": 10}
