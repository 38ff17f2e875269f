"""The report as a user writes it: of a bare set, of one measured, and never over another's file."""

import json
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import one_hot

from ganaug.cli import report
from ganaug.evaluation.utility.scores import scores
from ganaug.evaluation.utility.study import compare
from ganaug.utils.errors import UsageError
from helpers.tool_runs import passed, tool


@pytest.fixture(scope="module")
def expanded(home, run):
    passed(tool("synthesize", "--ckpt", run, "--per-class", "60", "--out", "made", cwd=home))
    return home / "made"


def told(labels, wrong):
    """Score answers of two classes that are wrong at these places."""
    said = labels.clone()
    said[list(wrong)] = 1 - said[list(wrong)]
    return scores(5.0 * one_hot(said).float(), labels, 2)


def study_of(digest, where):
    """Write what a study that helps comes to, by the tool's own writer."""
    where.mkdir()
    labels = torch.arange(2000) % 2
    results = {
        arm: [told(labels, wrong=range(seed, 2000, every)) for seed in range(3)]
        for arm, every in (("real", 5), ("real + synthetic x 1", 10))
    }
    found = compare(results, lambda name: "synthetic" in name, labels)
    replace(found, facts={"synthetic": digest}).to_json(where / "utility.json")


def test_what_is_not_known_is_said_with_its_command_and_then_it_is_there(home, expanded):
    passed(tool("report", "--synthetic", "made", cwd=home))
    bare = (expanded / "report.html").read_text()
    assert "Not known yet whether it helps" in bare
    assert "python tools/utility.py --synthetic made --out utility" in bare
    assert "python tools/evaluate.py --synthetic made" in bare
    assert "synthetic images of class light blue" in bare
    passed(tool("evaluate", "--synthetic", "made", cwd=home))
    manifest = json.loads((expanded / "manifest.json").read_text())
    study_of(manifest["metadata_sha256"], home / "utility")
    printed = passed(tool("report", "--synthetic", "made", cwd=home))
    assert "made/report.html" in printed
    full = (expanded / "report.html").read_text()
    assert full.index("It helps") < full.index("Real and synthetic images")
    for said in (
        "Correct labels",
        "domain-labels",
        "is the number of batches",
        "images on a walk from",
    ):
        assert said in full
    assert "not been evaluated" not in full
    values = json.loads((expanded / "report.json").read_text())
    assert values["metrics"]["metrics"]
    assert values["utility"]["verdict"] == "helps"
    assert values["curves"]["epoch"]["values"]


def refused(*words):
    with pytest.raises(UsageError) as caught:
        report.main([str(word) for word in words])
    return str(caught.value)


def test_wrong_uses_are_refused_and_nothing_is_lost(home, expanded, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(home)
    mine = tmp_path / "mine.html"
    mine.write_text("my page")
    assert "not a report" in refused("--synthetic", expanded, "--out", mine)
    assert mine.read_text() == "my page"
    assert "end its name in .html" in refused(
        "--synthetic", expanded, "--out", tmp_path / "page.pdf"
    )
    out = ("--out", tmp_path / "new.html")
    assert "no manifest.json" in refused("--synthetic", photos, *out)
    assert "does not hold the checkpoint" in refused("--synthetic", expanded, "--run", photos, *out)
    assert "holds no utility.json" in refused("--synthetic", expanded, "--utility", photos, *out)
    other = tmp_path / "other"
    study_of("of another", other)
    assert "another synthetic set" in refused("--synthetic", expanded, "--utility", other, *out)
    assert not (tmp_path / "new.html").exists()
