"""A process of a further device takes the plan of each fit from the one that started it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganaug.training.shared_plans import PLANS, SharedPlans

FURTHER = """
from ganaug.training.shared_plans import SharedPlans
from ganaug.utils.errors import UsageError
plans = SharedPlans()
assert plans.are_made_elsewhere()
for _ in range(3):
    plans.next_fit()
    try:
        print(*plans.take(), flush=True)
    except UsageError as error:
        print("error:", error, flush=True)
"""


@pytest.fixture
def first(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setenv(PLANS, "-1:/of/another/process")
    return SharedPlans()


def test_each_fit_gets_its_own_plan(first):
    assert not first.are_made_elsewhere()
    first.next_fit()
    first.share(["--model.width", "4"])
    environment = {**os.environ, "LOCAL_RANK": "1"}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    further = subprocess.Popen(
        [sys.executable, "-c", FURTHER], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert further.stdout.readline() == "--model.width 4\n"
    first.next_fit()
    first.share(["--model.width", "8"])
    assert further.stdout.readline() == "--model.width 8\n"
    first.next_fit()
    first.share([], "too short")
    assert further.stdout.readline() == "error: too short\n"
    assert further.wait(30) == 0


def test_a_process_that_another_launcher_started_makes_its_own_plans(monkeypatch, first):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert not first.are_made_elsewhere()
