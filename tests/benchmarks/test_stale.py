"""Results older than the code that they measure are listed, with the commit that changed it."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import runner
from benchmarks.by_hand import BY_HAND
from benchmarks.catalogue import STUDIES, files_of
from benchmarks.store import Measurement, append, read_all
from benchmarks.study import Study
from ganaug.models.registry import ROOT
from ganaug.utils.errors import UsageError


def git(*words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@y", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(["git", *identity, *words], check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def commit(subject, **files):
    for name, text in files.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", subject)
    return git("rev-parse", "--short=12", "HEAD")


@pytest.fixture
def first(tmp_path, monkeypatch):
    """The first commit of a repository: after it `a.py` changed, and `b.py` did not."""
    monkeypatch.setattr("benchmarks.origin.ROOT", tmp_path)
    for name in "ab":
        monkeypatch.setitem(STUDIES, name, Study(lambda _: {}, files=(f"{name}.py",)))
    git("init", "-q")
    found = commit("begin", a="1", b="1")
    commit("a: twice as fast", a="2")
    commit("c", c="1")
    return found


def listed(capsys, *measurements):
    append(measurements, Path("store"))
    runner.main(["--stale", "--store", "store"])
    return capsys.readouterr().out.splitlines()


def test_the_changing_commit_is_named(first, capsys):
    changing = git("log", "-1", "--format=%h %cs", "HEAD~1")
    old = [
        Measurement(study, metric, 1, commit=first, date="2026-11-28")
        for study in "ab"
        for metric in ("KID", "FID")
    ]
    assert listed(capsys, *old) == [
        f"a  2026-11-28  {first}  changed by {changing} a: twice as fast",
        "1 of 2 results are stale",
    ]


def test_a_newer_result_takes_the_place_of_a_stale_one(first, capsys):
    again = Measurement("a", "KID", 1, commit=git("rev-parse", "HEAD"))
    assert listed(capsys, Measurement("a", "KID", 1, commit=first), again) == [
        "0 of 1 results are stale"
    ]


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (Measurement("b", "KID", 1), "commit unknown"),
        (Measurement("b", "KID", 1, commit="0123456789ab"), "commit not in this history"),
        (Measurement("z", "KID", 1, commit="HEAD"), "there is no such study anymore"),
        (
            Measurement("b", "KID", 1, commit="HEAD-dirty"),
            "measured with changes that were not committed",
        ),
    ],
)
@pytest.mark.usefixtures("first")
def test_what_cannot_be_told_is_stale(result, why, capsys):
    line, total = listed(capsys, result)
    assert line == f"{result.study}  ?  {result.commit or '?'}  {why}"
    assert total == "1 of 1 results are stale"


def test_options_of_a_run_are_refused():
    with pytest.raises(UsageError, match="--seeds is not an option"):
        runner.main(["--stale", "--seeds", "1"])


def test_each_study_measures_files_that_exist_and_what_it_fits():
    for name in (*STUDIES, *BY_HAND):
        missing = [file for file in files_of(name) if not any(ROOT.glob(file))]
        assert not missing, f"{name}: {missing}"
        assert len(files_of(name)) > 1, name
    assert {"ganaug/models/vae.py", "configs/vae.yaml"} < {*files_of("vae")}
    assert "configs/recipes/few_images.yaml" in files_of("sunflowers_r3gan")
    assert "tools/benchmarks/scarce_metrics.py" in files_of("sunflowers_r3gan")
    assert "tools/benchmarks/speed.py" in files_of("training_pace_32")


def test_each_stored_result_is_of_a_study_that_exists():
    unknown = {each.study for each in read_all()} - {*STUDIES, *BY_HAND}
    assert unknown == set()
