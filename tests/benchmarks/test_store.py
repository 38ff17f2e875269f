"""Results are stored as a line each, with what is needed to judge and repeat them."""

import json
import math

import pytest

from benchmarks import runner
from benchmarks.catalogue import STUDIES
from benchmarks.origin import commit_of, git, processor
from benchmarks.store import STORE, Measurement, append, latest, read_all, summarized
from benchmarks.study import Study
from datamodules.reading.scan import usable_cores
from ganaug.utils.errors import UsageError


def test_a_line_holds_a_measurement_and_nothing_that_is_unknown(tmp_path):
    line = Measurement("vae", "kl nats", 25.8, range=[25.7, 25.9], seeds=[0, 1], other_work=False)
    append([line], tmp_path)
    append([Measurement("vae", "output", text="FID ± 2\u2028\n0")], tmp_path)
    assert json.loads((tmp_path / "vae.jsonl").read_text().split("\n")[0]) == {
        "study": "vae",
        "metric": "kl nats",
        "value": 25.8,
        "range": [25.7, 25.9],
        "seeds": [0, 1],
        "other_work": False,
    }
    assert read_all(tmp_path) == [line, Measurement("vae", "output", text="FID ± 2\u2028\n0")]


def test_the_newest_of_a_metric_counts(tmp_path):
    append([Measurement("vae", "kl nats", value) for value in (3, 1, 2)], tmp_path)
    append([Measurement("gan", "kl nats", 9)], tmp_path)
    newest = {key: each.value for key, each in latest(read_all(tmp_path)).items()}
    assert newest == {("gan", "kl nats"): 9, ("vae", "kl nats"): 2}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", r"vae\.jsonl, line 2 can't be read: Expecting"),
        ('{"study": "vae"}', r"vae\.jsonl, line 2 is not a measurement: .*'metric'"),
        ('{"study": "vae", "metric": "x", "amount": 1}', "line 2 is not a measurement: .*'amount'"),
        ("[1]", "line 2 is not a measurement"),
        ('{"study": "vae", "metric": "x", "value": "1"}', "not a measurement: '1' is no number"),
        ('{"study": "vae", "metric": "x", "range": [1]}', r"range is \[1\]; use two numbers"),
        ('{"study": "vae", "metric": "x", "interval": [1, "2"]}', "'2' is no number"),
    ],
)
def test_damaged_lines_are_named(tmp_path, line, reason):
    append([Measurement("vae", "kl nats", 1)], tmp_path)
    with (tmp_path / "vae.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(UsageError, match=reason):
        read_all(tmp_path)


def test_ends_are_those_over_seeds_or_the_studys_own():
    over_seeds = {"a": 1.0, "b": 2.0, "b, least": 1.5, "b, most": 2.5}
    other = {"a": 3.0, "b": 4.0, "b, least": 3.5, "b, most": 4.5}
    a, b = summarized("x", [over_seeds, other], seeds=[0, 1])
    assert (a.metric, a.value, a.range, a.interval) == ("a", 2.0, (1.0, 3.0), None)
    assert (b.metric, b.value, b.range) == ("b", 3.0, (1.5, 4.5))
    (alone,) = summarized("x", [{"fid": 1.0, "fid, lower": 0.5, "fid, upper": 2.0}])
    assert (alone.value, alone.range, alone.interval) == (1.0, None, (0.5, 2.0))
    (both,) = summarized("x", [{"fid": 1.0, "fid, lower": 0.5, "fid, upper": 2.0}] * 2)
    assert (both.value, both.range, both.interval) == (1.0, (1.0, 1.0), None)


def test_what_is_not_finite_has_no_value(tmp_path):
    append(summarized("x", [{"loss": math.inf}, {"loss": 1.0}]), tmp_path)
    assert "Infinity" not in (tmp_path / "x.jsonl").read_text()
    assert read_all(tmp_path) == [Measurement("x", "loss")]


def test_a_benchmark_stores_each_result_once(tmp_path, monkeypatch):
    monkeypatch.setitem(STUDIES, "quick", Study(lambda workspace: {"error": workspace.seed + 1.0}))
    words = ["--models", "quick", "--store", "store"]
    runner.main([*words, "--seeds", "0"])
    runner.main([*words, "--seeds", "0"])
    (first,) = read_all(tmp_path / "store")
    assert (first.metric, first.value, first.range, first.seeds) == ("error", 1.0, None, [0])
    assert first.command == "tools/benchmark.py --models quick"
    assert (first.commit or "").removesuffix("-dirty") == git("rev-parse", "--short=12", "HEAD")
    assert first.cores == usable_cores()
    assert first.other_work == (max(first.load) > first.cores)
    runner.main([*words, "--seeds", "0", "1"])
    _, second = read_all(tmp_path / "store")
    assert (second.value, second.range, second.seeds) == (1.5, [1.0, 2.0], [0, 1])


def test_the_processor_is_that_of_the_machine(tmp_path):
    intel = tmp_path / "cpuinfo"
    intel.write_text(
        "model name\t: Xeon 8481\nflags\t\t: fpu avx2 avx512f amx_bf16\n\nprocessor: 1\n"
    )
    assert processor(intel) == {
        "processor": "Xeon 8481",
        "instructions": ["amx_bf16", "avx2", "avx512f"],
    }
    assert processor(tmp_path / "none")["instructions"] == []
    assert processor(tmp_path / "none")["processor"]


def test_changes_that_are_not_committed_are_marked(monkeypatch):
    said = {"rev-parse": "0123456789ab", "status": " M ganaug/models/vae.py"}
    monkeypatch.setattr("benchmarks.origin.git", lambda word, *_: said[word])
    assert commit_of(["ganaug"]) == "0123456789ab-dirty"
    said["status"] = ""
    assert commit_of(["ganaug"]) == "0123456789ab"
    said["rev-parse"] = None
    assert commit_of(["ganaug"]) is None


def test_the_store_is_part_of_the_checkout():
    assert (STORE.parent / "results.md").is_file()
