"""Tools take the free processors; the library changes no environment."""

import json
import subprocess
import sys

import pytest

from ganaug.cli import quiet_threads as module
from ganaug.cli.quiet_threads import quiet_threads


def cores(monkeypatch, usable, free):
    monkeypatch.setattr(module, "usable_cores", lambda: usable)
    monkeypatch.setattr(module, "free_cores", lambda: free)


def test_on_a_free_machine_each_processor_has_a_thread(monkeypatch):
    cores(monkeypatch, 4, 4)
    environment = {}
    quiet_threads(environment)
    assert environment == {"OMP_NUM_THREADS": "4"}


def test_next_to_others_threads_are_fewer_and_sleep(monkeypatch):
    cores(monkeypatch, 4, 3)
    environment = {}
    quiet_threads(environment)
    assert environment == {
        "OMP_NUM_THREADS": "3",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
    }


@pytest.mark.parametrize("own", [{"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "7"}])
def test_the_users_own_settings_stand(monkeypatch, own):
    cores(monkeypatch, 4, 1)
    environment = {**own}
    quiet_threads(environment)
    assert environment == {**own, "OMP_NUM_THREADS": "1"}
    environment = {"OMP_NUM_THREADS": "8"}
    quiet_threads(environment)
    assert environment == {"OMP_NUM_THREADS": "8"}


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
