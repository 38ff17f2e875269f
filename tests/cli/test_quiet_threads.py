"""Tools have torch's threads wait without spinning; the library changes no environment."""

import json
import subprocess
import sys

import pytest

from ganaug.cli import quiet_threads as module
from ganaug.cli.quiet_threads import quiet_threads


@pytest.fixture(autouse=True)
def _three_cores(monkeypatch):
    monkeypatch.setattr(module, "usable_cores", lambda: 3)


def test_threads_sleep_and_are_as_many_as_the_processors():
    environment = {}
    quiet_threads(environment)
    assert environment == {
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
        "OMP_NUM_THREADS": "3",
    }


@pytest.mark.parametrize("own", [{"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "7"}])
def test_the_users_own_policy_stands(own):
    environment = {**own, "OMP_NUM_THREADS": "1"}
    quiet_threads(environment)
    assert environment == {**own, "OMP_NUM_THREADS": "1"}


PROBE = """
import json, os, sys
before = dict(os.environ)
import ganaug
ganaug.fit, ganaug.load
print(json.dumps({name: os.environ.get(name) for name in {*before, *os.environ}
                  if os.environ.get(name) != before.get(name) and "OMP" in name}))
"""


def test_importing_the_library_changes_nothing():
    out = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == {}


def test_it_is_set_before_torch_is_loaded():
    probe = "import sys, ganaug.cli.main; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
