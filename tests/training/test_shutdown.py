"""A rollback halves the learning rates, whatever their names; without any it is refused."""

import multiprocessing
from pathlib import Path

import pytest
import torch
from jsonargparse import Namespace

from ganaug.training.shutdown import naming_missing_parts, refuse_rollbacks, rolled_back
from ganaug.utils.errors import UsageError


def config(devices=1, **settings):
    return Namespace(
        trainer=Namespace(devices=devices, num_nodes=1, accelerator="cpu"),
        stability=Namespace(rollbacks=2),
        model=Namespace(class_path="mine.Own", init_args=Namespace(**settings)),
    )


@pytest.mark.parametrize("name", ["lr", "generator_lr", "learning_rate", "lr_g", "optimizer.lr"])
def test_a_rollback_halves_the_rate(name, capsys):
    others = {"lr_decay": 0.5, "width": 8, "schedule": "linear", "min_lr": None}
    asked = config(**{name: 0.5}, **others)
    refuse_rollbacks(asked)
    words = rolled_back(Path("run"), asked, UsageError("loss not finite: more"))
    changed = [f"--model.{name}", "0.25"]
    assert words[4:] == [*changed, "--stability.rollbacks", "1"]
    assert f"with {' '.join(changed)}, 1 left" in capsys.readouterr().out


def test_a_rollback_that_could_change_nothing_is_refused():
    with pytest.raises(UsageError, match=r"mine.Own has no learning rate to halve: call the se"):
        refuse_rollbacks(config(dropout_rate=0.5, lr_decay=0.5))
    without_settings = config()
    del without_settings.model["init_args"]
    with pytest.raises(UsageError, match="no learning rate"):
        refuse_rollbacks(without_settings)
    with pytest.raises(UsageError, match="several devices"):
        refuse_rollbacks(config(devices=2, lr=0.5))


@pytest.mark.parametrize(
    ("method", "default", "guarded"),
    [
        ("fork", "spawn", False),
        ("spawn", "fork", True),
        (None, "fork", False),
        (None, "spawn", True),
    ],
)
def test_a_worker_that_ended_has_the_causes_of_its_start_method(
    monkeypatch, method, default, guarded
):
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda allow_none: method)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: [default])
    with pytest.raises(UsageError, match="/dev/shm") as caught, naming_missing_parts(None):
        raise RuntimeError("DataLoader worker (pid(s) 5) exited unexpectedly")
    assert ("__main__" in str(caught.value)) == guarded


def test_an_operation_that_is_not_deterministic_is_named():
    torch.use_deterministic_algorithms(True)
    try:
        with (
            pytest.raises(UsageError, match=r"deterministic is true, .* put_ .*: set it to warn"),
            naming_missing_parts(None),
        ):
            torch.zeros(2).put_(torch.tensor([0]), torch.ones(1))
    finally:
        torch.use_deterministic_algorithms(False)
