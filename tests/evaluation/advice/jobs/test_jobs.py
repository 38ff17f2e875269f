"""A search that is killed, or shared: its processes run this file."""

import json
import os
import signal
import subprocess
import sys
import time
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from socket import gethostname
from threading import Barrier, Thread

import optuna
import psutil
import pytest
from optuna.trial import TrialState

from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.jobs.storage import is_begun, open_storage
from ganaug.evaluation.advice.jobs.work import carry_out
from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import CENTER, LABELS, PLAN, finish, train

ROOT = Path(__file__).parents[4]
THIS = Path(__file__).stem
FACTS = {"images": "abc"}


def search_to_the_end(storage, log, pause=0.0):
    search = Search(Space(CENTER, ["small"], (), ["none", "light", "elastic"]), PLAN, LABELS)

    def do(key):
        time.sleep(pause)
        found = train(key)
        with Path(log).open("a") as file:
            file.write(f"{key}\n")
        return found

    jobs = Jobs(Path(storage) if "://" not in storage else storage, FACTS)
    results = carry_out(jobs, lambda known: [job.key for job in search.left(known)], do)
    return search.recommended(results), results


def started(storage, log, pause):
    words = [
        sys.executable,
        "-c",
        f"from evaluation.advice.jobs.{THIS} import *; main({storage!r}, {log!r}, {pause})",
    ]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen(words, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE)


def main(storage, log, pause):
    print("recommended:", search_to_the_end(storage, log, pause)[0].name)


def done(log):
    return [line for line in Path(log).read_text().splitlines() if line]


def test_an_uninterrupted_search_does_each_job_once(tmp_path, search):
    found, results = search_to_the_end(str(tmp_path / "s.journal"), tmp_path / "log")
    assert found == search.recommended(finish(search))
    assert sorted(done(tmp_path / "log")) == sorted(results)


@pytest.mark.slow
def test_a_search_killed_at_five_moments_ends_as_one_that_was_not(tmp_path, search):
    storage, log = str(tmp_path / "s.journal"), str(tmp_path / "log")
    Path(log).touch()
    for kill in range(5):
        before = len(done(log))
        process = started(storage, log, 0.05)
        while len(done(log)) < before + 3 + kill:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    found, results = search_to_the_end(storage, log)
    assert found == search.recommended(finish(search))
    # A job may be done again if its process was killed before storing the result.
    assert len(done(log)) - len(results) <= 5
    assert set(done(log)) == set(results)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_two_processes_share_a_search(tmp_path, search, kind):
    storage = {"journal": str(tmp_path / "s.journal"), "sqlite": f"sqlite:///{tmp_path}/s.db"}[kind]
    logs = [str(tmp_path / name) for name in ("first", "second")]
    search_jobs = finish(search)
    processes = [started(storage, log, 0.1) for log in logs]
    said = {process.communicate(timeout=120)[0].decode() for process in processes}
    assert said == {f"recommended: {search.recommended(search_jobs).name}\n"}
    shared = [done(log) for log in logs]
    assert sorted(shared[0] + shared[1]) == sorted(search_jobs)
    assert min(map(len, shared)) > 5


def test_a_job_is_taken_once(tmp_path):
    first, second = (Jobs(tmp_path / "s.journal", FACTS) for _ in range(2))
    keys = ['{"a": 1}', '{"b": 2}']
    taken = first.claim(keys), second.claim(keys)
    assert {claim.key for claim in taken} == set(keys)
    assert first.claim(keys) is None
    first.give_up(taken[0])
    again = second.claim(keys)
    assert again.key == taken[0].key
    second.finish(again, {"wrong": []}, 0.5)
    assert first.results() == {again.key: {"wrong": []}}


def test_a_waiting_job_of_another_key_is_left_to_its_owner(tmp_path):
    """Optuna gives a waiting trial to any process; a training must not be stored as a plan."""
    jobs = Jobs(tmp_path / "s.journal", FACTS)
    jobs.study.enqueue_trial({}, user_attrs={"job": "training"})
    results = carry_out(
        jobs, lambda known: [] if "plan" in known else ["plan"], lambda key: {"done": key}
    )
    assert results == {"plan": {"done": "plan"}}
    assert jobs.claim(["training"]).key == "training"
    jobs.study.enqueue_trial({}, user_attrs={"job": "another"})
    assert jobs.claim(["training"]) is None
    assert jobs.claim(["another"]).key == "another"


def test_the_job_of_a_process_that_is_gone_is_done_again(tmp_path, monkeypatch):
    jobs = Jobs(tmp_path / "s.journal", FACTS)
    gone = {"host": "elsewhere", "process": 1, "since": 0.0}
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.this_process", lambda: gone)
    assert jobs.claim(["key"]).key == "key"
    assert jobs.claim(["key"]) is None
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_TIMEOUT", 0.0)
    assert jobs.claim(["key"]).key == "key"
    monkeypatch.setattr(
        "ganaug.evaluation.advice.jobs.owners.socket.gethostname", lambda: "elsewhere"
    )
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_TIMEOUT", 1e9)
    # Its number now belongs to a process that began later.
    assert jobs.claim(["key"]).key == "key"


@pytest.mark.parametrize("known", [True, False])
def test_a_process_in_another_container_with_the_same_host_name_is_not_looked_up(
    tmp_path, monkeypatch, known
):
    """Its number means another process here, or none. Earlier versions stored no namespace."""
    owner = {"host": gethostname(), "process": 2**22 + 1, "since": 0.0}
    owner |= {"namespace": "pid:[1]"} if known else {}
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.this_process", lambda: owner)
    first, second = (Jobs(tmp_path / "s.journal", FACTS) for _ in range(2))
    assert first.claim(["key"])
    assert (second.claim(["key"]) is None) == known


def test_a_process_that_may_not_be_looked_up_counts_as_alive_while_it_sends_heartbeats(
    tmp_path, monkeypatch
):
    def denied(_):
        raise psutil.AccessDenied

    first, second = (Jobs(tmp_path / "s.journal", FACTS) for _ in range(2))
    assert first.claim(["key"])
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.owners.psutil.Process", denied)
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.this_process", dict)
    assert second.claim(["key"]) is None
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_TIMEOUT", 0.0)
    assert second.claim(["key"]).key == "key"


@pytest.fixture
def elsewhere(monkeypatch):
    """A process on another machine, which can only be known by its heartbeats."""
    owner = {"host": "elsewhere", "process": 1, "since": 0.0}
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.this_process", lambda: owner)


@pytest.mark.parametrize("hours", [-9, 9])
def test_clocks_and_time_zones_of_others_do_not_matter(tmp_path, monkeypatch, elsewhere, hours):
    jobs = Jobs(f"sqlite:///{tmp_path}/s.db", FACTS)
    assert jobs.claim(["key"])
    trials = jobs._trials

    def of_another_zone():
        found = deepcopy(list(trials()))
        for trial in found:
            trial.datetime_start += timedelta(hours=hours)
        return found

    monkeypatch.setattr(jobs, "_trials", of_another_zone)
    assert jobs.claim(["key"]) is None
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_TIMEOUT", 0.0)
    assert jobs.claim(["key"]).key == "key"


@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_a_long_job_of_another_machine_is_left_to_it(tmp_path, monkeypatch, elsewhere, kind):
    storage = tmp_path / "s.journal" if kind == "journal" else f"sqlite:///{tmp_path}/s.db"
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_INTERVAL", 0.05)
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.HEARTBEAT_TIMEOUT", 1.0)
    first, second = (Jobs(storage, FACTS) for _ in range(2))
    claim = first.claim(["key"])
    with first.staying_alive(claim):
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            assert second.claim(["key"]) is None
            time.sleep(0.1)
    assert second.claim(["key"]) is None
    time.sleep(1.5)
    assert second.claim(["key"]).key == "key"


def test_a_line_that_was_half_written_is_cut_off(tmp_path):
    file = tmp_path / "s.journal"
    jobs = Jobs(file, FACTS)
    jobs.finish(jobs.claim(["key"]), {"wrong": [1]})
    with file.open("a") as stream:
        stream.write('{"op_code": 4, "wor')
    again = Jobs(file, FACTS)
    assert again.results() == {"key": {"wrong": [1]}}
    again.finish(again.claim(["other"]), {})
    assert json.loads(file.read_text().splitlines()[-1])


def test_a_folder_of_another_search_is_refused(tmp_path):
    jobs = Jobs(tmp_path / "s.journal", FACTS)
    jobs.finish(jobs.claim(["plan"]), {})
    with pytest.raises(UsageError, match=r"holds a search on other images .* new folder"):
        Jobs(tmp_path / "s.journal", {"images": "others"})


def test_a_search_that_was_refused_is_not_in_the_way_of_another(tmp_path):
    jobs = Jobs(tmp_path / "s.journal", FACTS)
    jobs.give_up(jobs.claim(["plan"]))
    assert not is_begun(tmp_path / "none.journal")
    assert not is_begun(tmp_path / "s.journal")
    other = Jobs(tmp_path / "s.journal", {"images": "others"})
    other.finish(other.claim(["plan"]), {})
    assert is_begun(tmp_path / "s.journal")
    with pytest.raises(UsageError, match="holds a search on other images or with other options"):
        Jobs(tmp_path / "s.journal", FACTS)


def test_a_search_that_another_process_has_just_begun_is_in_the_way(tmp_path, monkeypatch):
    parent = psutil.Process(os.getppid())
    other = {"host": gethostname(), "process": parent.pid, "since": parent.create_time()}
    monkeypatch.setattr("ganaug.evaluation.advice.jobs.jobs.this_process", lambda: other)
    assert Jobs(tmp_path / "s.journal", FACTS).claim(["plan"])
    with pytest.raises(UsageError, match="holds a search on other images or with other options"):
        Jobs(tmp_path / "s.journal", {"images": "others"})
    other["since"] -= 1000  # it is gone, and another one has its number
    Jobs(tmp_path / "t.journal", FACTS).claim(["plan"])
    Jobs(tmp_path / "t.journal", {"images": "others"})


def test_a_storage_that_is_none_is_refused():
    with pytest.raises(UsageError, match=r"storage nosuch://me:\*\*\*@db can't .* sqlite:///"):
        Jobs("nosuch://me:secret@db", FACTS)


def test_only_one_of_two_processes_can_claim_a_job(tmp_path):
    storages = [open_storage(f"sqlite:///{tmp_path}/s.db") for _ in range(2)]
    studies = [
        optuna.create_study(storage=each, study_name="a", load_if_exists=True) for each in storages
    ]
    for _ in range(40):
        studies[0].enqueue_trial({})
    waiting = [trial._trial_id for trial in studies[0].get_trials(deepcopy=False)]
    barrier = Barrier(2)

    def take(storage, found):
        for trial_id in waiting:
            barrier.wait()
            if storage.set_trial_state_values(trial_id, TrialState.RUNNING):
                found.append(trial_id)

    taken = [[], []]
    threads = [Thread(target=take, args=pair) for pair in zip(storages, taken, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken[0] + taken[1]) == waiting
