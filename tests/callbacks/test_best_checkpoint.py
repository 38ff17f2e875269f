"""The best checkpoint keeps its score, also where the run has moved."""

from pathlib import Path
from types import SimpleNamespace

import torch

from ganaug.callbacks.best_checkpoint import BestCheckpoint

FIGURE = "fidelity/domain_fid"


def kept_in(folder, score):
    callback = BestCheckpoint(FIGURE, every_epochs=1)
    best = str(folder / "best.ckpt")
    callback.dirpath, callback.best_model_score = str(folder), torch.tensor(score)
    callback.best_model_path = callback.kth_best_model_path = best
    callback.best_k_models, callback.kth_value = {best: torch.tensor(score)}, torch.tensor(score)
    return callback.state_dict()


def test_a_run_that_has_moved_keeps_the_score_to_beat(recwarn):
    moved = BestCheckpoint(FIGURE, every_epochs=1)
    moved.dirpath = "/there/checkpoints"
    moved.load_state_dict(kept_in(Path("/here/checkpoints"), 3.0))
    assert moved.best_model_score == 3
    assert moved.best_model_path == "/there/checkpoints/best.ckpt"
    assert list(moved.best_k_models) == [moved.best_model_path]
    alone = SimpleNamespace(strategy=SimpleNamespace(reduce_boolean_decision=bool))
    assert not moved.check_monitor_top_k(alone, torch.tensor(99.0))
    assert moved.check_monitor_top_k(alone, torch.tensor(2.0))
    assert not recwarn.list


def test_a_run_without_a_best_one_yet_has_none_after_moving():
    before = BestCheckpoint(FIGURE, every_epochs=1)
    before.dirpath = "/here/checkpoints"
    moved = BestCheckpoint(FIGURE, every_epochs=1)
    moved.dirpath = "/there/checkpoints"
    moved.load_state_dict(before.state_dict())
    assert (moved.best_model_path, moved.best_k_models) == ("", {})
