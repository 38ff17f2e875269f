"""What is seen of the progress: a bar on a terminal, and few lines in a file."""

import sys
import time
from types import SimpleNamespace

from lightning.pytorch.callbacks import TQDMProgressBar

from ganaug.synthesis.trainer import ProgressLines, trainer_of


def test_a_file_gets_a_line_a_minute(monkeypatch, capsys):
    now = SimpleNamespace(seconds=50.0)
    monkeypatch.setattr(time, "monotonic", lambda: now.seconds)
    trainer = SimpleNamespace(is_global_zero=True, num_predict_batches=[20])
    lines = ProgressLines()
    lines.on_predict_start(trainer, None)
    for number in range(20):
        now.seconds += 10
        lines.on_predict_batch_end(trainer, None, None, None, number)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "block 6/20, 2.3 minutes left",
        "block 12/20, 80 seconds left",
        "block 18/20, 20 seconds left",
    ]
    trainer.is_global_zero = False
    now.seconds += 100
    lines.on_predict_batch_end(trainer, None, None, None, 19)
    assert capsys.readouterr().out == ""


def test_a_bar_is_drawn_where_it_can_move(monkeypatch):
    def has_bar():
        callbacks = trainer_of("cpu", "1", 1, "auto").callbacks
        return any(isinstance(each, TQDMProgressBar) for each in callbacks)

    assert not has_bar()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert has_bar()
