"""The best checkpoint keeps its score, also where the run has moved, and has no copies."""

from pathlib import Path
from types import SimpleNamespace

import torch

from ganaug.callbacks.best_checkpoint import BestCheckpoint
from ganaug.callbacks.memorization import MemorizationMonitor

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
    assert not moved.check_monitor_top_k(alone(), torch.tensor(99.0))
    assert moved.check_monitor_top_k(alone(), torch.tensor(2.0))
    assert not recwarn.list


def test_a_checkpoint_does_not_name_the_folder_of_its_run():
    state = kept_in(Path("/home/ann/run/checkpoints"), 3.0)
    assert "ann" not in str(state)
    assert state["best_k_models"] == {"best.ckpt": 3}


def alone(*callbacks):
    """A trainer of one process."""
    decide = SimpleNamespace(reduce_boolean_decision=lambda decision, **_: bool(decision))
    return SimpleNamespace(strategy=decide, callbacks=list(callbacks), is_global_zero=True)


def test_an_epoch_of_copies_is_not_the_best():
    callback, memorization = BestCheckpoint(FIGURE, every_epochs=1), MemorizationMonitor()
    callback.dirpath = "/here/checkpoints"
    memorization.load_state_dict({"warned": True, "found": True})
    assert not callback.check_monitor_top_k(alone(memorization), torch.tensor(0.1))
    memorization.load_state_dict({"warned": True, "found": False})
    assert callback.check_monitor_top_k(alone(memorization), torch.tensor(0.1))


def test_copies_that_are_no_longer_looked_for_do_not_count():
    callback, memorization = (
        BestCheckpoint(FIGURE, every_epochs=1),
        MemorizationMonitor(every_epochs=0),
    )
    callback.dirpath = "/here/checkpoints"
    memorization.load_state_dict({"warned": True, "found": True})
    assert callback.check_monitor_top_k(alone(memorization), torch.tensor(0.1))


def test_a_process_that_does_not_look_does_not_object():
    callback, memorization = BestCheckpoint(FIGURE, every_epochs=1), MemorizationMonitor()
    callback.dirpath = "/here/checkpoints"
    memorization.load_state_dict({"warned": True, "found": True})
    second = alone(memorization)
    second.is_global_zero = False
    assert callback.check_monitor_top_k(second, torch.tensor(0.1))


def test_measured_less_often_it_is_the_same_callback():
    assert BestCheckpoint(FIGURE, 1).state_key == BestCheckpoint(FIGURE, 5).state_key
    assert BestCheckpoint(FIGURE, 1).state_key != BestCheckpoint("fidelity/domain_kid", 1).state_key


def test_where_another_process_found_copies_this_one_keeps_no_checkpoint_either():
    asked = []

    def decide(decision, **how):
        asked.append((decision, how))
        return False

    trainer = SimpleNamespace(
        strategy=SimpleNamespace(reduce_boolean_decision=decide), callbacks=[], is_global_zero=True
    )
    callback = BestCheckpoint(FIGURE, every_epochs=1)
    assert not callback.check_monitor_top_k(trainer, torch.tensor(0.1))
    assert asked == [(True, {"all": True})]


def test_a_run_without_a_best_one_yet_has_none_after_moving():
    before = BestCheckpoint(FIGURE, every_epochs=1)
    before.dirpath = "/here/checkpoints"
    moved = BestCheckpoint(FIGURE, every_epochs=1)
    moved.dirpath = "/there/checkpoints"
    moved.load_state_dict(before.state_dict())
    assert (moved.best_model_path, moved.best_k_models) == ("", {})
