"""Defaults that follow the machine."""

import logging
import os
import random
import sys
import warnings
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from lightning import seed_everything

from ganaug.synthesis.trainer import trainer_of
from ganaug.training import hardware
from ganaug.utils.errors import UsageError

OWN = object()  # a strategy from Python


def trainer(**settings):
    plain = {"strategy": "auto", "devices": "auto", "num_nodes": 1, "accelerator": "cpu"}
    return SimpleNamespace(**{**plain, **settings})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "auto"),
        ({"devices": 1}, "auto"),
        ({"devices": 2}, "ddp_find_unused_parameters_true"),
        ({"devices": "2"}, "ddp_find_unused_parameters_true"),
        ({"devices": [0, 1], "accelerator": "gpu"}, "ddp_find_unused_parameters_true"),
        ({"devices": "0,1", "accelerator": "gpu"}, "ddp_find_unused_parameters_true"),
        ({"num_nodes": 2}, "ddp_find_unused_parameters_true"),
        ({"devices": 2, "strategy": "ddp"}, "ddp_find_unused_parameters_true"),
        ({"strategy": OWN}, OWN),
    ],
)
def test_players_that_take_turns_need_their_own_strategy(settings, expected):
    assert hardware.strategy(trainer(**settings)) == expected


@pytest.mark.parametrize("name", ["fsdp", "deepspeed", "ddp_spawn", "ddp_notebook"])
def test_strategies_that_do_not_work_are_refused_with_what_to_use(name):
    message = f"strategy '{name}' isn't supported; use auto or ddp"
    with pytest.raises(UsageError, match=f"^trainer.{message}"):
        hardware.strategy(trainer(devices=2, strategy=name))
    with pytest.raises(UsageError, match=f"^{message}"):
        trainer_of("cpu", 2, 1, name)


def test_devices_are_named_as_the_caller_gave_them():
    with pytest.raises(UsageError, match=r"^trainer.devices is 'x'"):
        hardware.strategy(trainer(devices="x"))
    with pytest.raises(UsageError, match=r"^devices is 'x'"):
        trainer_of("cpu", "x", 1, "auto")


def test_a_notebook_uses_one_device_unless_told_otherwise(monkeypatch):
    assert hardware.devices_in_session("auto") == "auto"
    monkeypatch.setattr(sys, "ps1", "In [1]: ", raising=False)
    assert hardware.devices_in_session("auto") == 1
    assert hardware.devices_in_session(2) == 2


@pytest.mark.parametrize("wanted", ["16-mixed", "16-true", 16, "64-true", "bf16-true"])
def test_precisions_that_do_not_work_are_refused_with_what_to_use(wanted):
    with pytest.raises(UsageError, match=f"precision is {wanted}; use bf16-mixed or 32-true"):
        hardware.precision(wanted, "cpu")


@pytest.mark.parametrize(("native", "expected"), [(True, "bf16-mixed"), (False, "32-true")])
def test_bfloat16_only_where_the_processor_computes_it(monkeypatch, native, expected):
    monkeypatch.setattr(hardware, "computes_bfloat16", lambda _: native)
    assert hardware.precision(None, "cpu") == expected
    assert hardware.precision("32-true", "cpu") == "32-true"


def test_a_number_of_steps_is_refused_since_both_players_count():
    hardware.refuse_max_steps(-1)
    with pytest.raises(UsageError, match=r"max_steps is 10.*set trainer\.max_epochs"):
        hardware.refuse_max_steps(10)


def test_threads_are_shared_among_the_processes_of_a_machine(monkeypatch):
    given = []
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(hardware, "usable_cores", lambda: 8)
    monkeypatch.setattr(hardware.torch, "set_num_threads", given.append)
    for devices in (1, 2, 16):
        trainer = SimpleNamespace(num_devices=devices)
        hardware.set_threads(trainer)
        hardware.set_threads(trainer, spare=1)
    assert given == [8, 7, 4, 3, 1, 1]


@pytest.mark.parametrize(("wanted", "threads"), [("3", 3), ("99", 8), ("0", 1), ("2,1", 2)])
def test_threads_are_no_more_than_the_user_allows(monkeypatch, wanted, threads):
    given = []
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    monkeypatch.setattr(hardware, "usable_cores", lambda: 8)
    monkeypatch.setattr(hardware.torch, "set_num_threads", given.append)
    hardware.set_threads(SimpleNamespace(num_devices=1))
    assert given == [threads]


@pytest.mark.parametrize(("kept", "threads"), [(1, 1), (3, 3), (9, 4)])
def test_a_resumed_run_has_the_threads_that_it_had(monkeypatch, recwarn, kept, threads):
    given = []
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(hardware, "usable_cores", lambda: 8)
    monkeypatch.setattr(hardware.torch, "set_num_threads", given.append)
    trainer = SimpleNamespace(num_devices=2)
    assert hardware.set_threads(trainer, previous_threads=kept) == threads
    assert given == [threads]
    lowered = [each for each in recwarn if f"threads is {kept}, and" in str(each.message)]
    assert len(lowered) == (threads < kept)


def test_the_process_is_left_as_it_was(monkeypatch):
    loggers = [logging.getLogger(name) for name in hardware.LOGGERS]
    for logger in loggers:
        monkeypatch.setattr(logger, "level", logging.INFO)
    before = torch.get_num_threads(), [*warnings.filters]
    random_states = random.getstate(), torch.get_rng_state().tolist()
    numpy_state = np.random.get_state()[1].tolist()
    monkeypatch.setenv("PL_GLOBAL_SEED", "7")
    monkeypatch.delenv("PL_SEED_WORKERS", raising=False)
    with suppress(KeyError), hardware.process_restored():
        seed_everything(3, workers=True, verbose=False)
        torch.set_num_threads(before[0] + 1)
        hardware.filter_warnings()
        assert [*warnings.filters] != before[1]
        raise KeyError
    assert (torch.get_num_threads(), [*warnings.filters]) == before
    assert {logger.level for logger in loggers} == {logging.INFO}
    assert (random.getstate(), torch.get_rng_state().tolist()) == random_states
    assert np.random.get_state()[1].tolist() == numpy_state
    assert (os.environ["PL_GLOBAL_SEED"], os.environ.get("PL_SEED_WORKERS")) == ("7", None)


@pytest.mark.parametrize("error", [KeyError, SystemExit, None])
@pytest.mark.parametrize("exists", [False, True])
def test_only_a_new_process_group_is_destroyed(exists, error, monkeypatch):
    answers, destroyed = iter([exists, True]), []
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: next(answers))
    monkeypatch.setattr(torch.distributed, "destroy_process_group", lambda: destroyed.append(1))
    with suppress(KeyError, SystemExit), hardware.process_restored():
        if error:
            raise error
    assert len(destroyed) == (not exists)
