"""Utility as a user meets it: a verdict; leaks, strangers and unknown arms refused."""

import json
import re
import shutil

import pytest
from PIL import Image

from ganaug.synthesis.writer.webdataset import in_shards
from helpers.tool_runs import passed, tool

QUICK = ["--steps", "20", "--seeds", "3", "--augmentation", "none"]
ARMS = ["--arms", "real", "real, balanced", "real + synthetic x 1"]


@pytest.fixture(scope="module")
def expanded(home, run):
    passed(tool("synthesize", "--ckpt", run, "--per-class", "40", "--out", "made", cwd=home))
    return home / "made"


def test_the_table_ends_in_a_verdict_and_goes_on_from_shards(home, expanded):
    words = ["--synthetic", expanded, "--out", "study", *QUICK, *ARMS]
    printed = passed(tool("utility", *words, cwd=home))
    assert "verdict: " in printed
    assert "real + synthetic x 1" in printed
    figures = json.loads((home / "study/utility.json").read_text())
    assert figures["verdict"] in ("helps", "hurts", "no difference found")
    assert {len(own) for own in figures["results"].values()} == {3}
    # The same images in shards are the same study.
    shutil.copytree(expanded, home / "shards")
    in_shards(home / "shards")
    words[1] = home / "shards"
    again = passed(tool("utility", *words, cwd=home))
    told, told_again = (text[text.index("verdict: ") :] for text in (printed, again))
    assert told_again == told.replace(str(expanded), str(home / "shards"))
    assert f"python tools/report.py --synthetic {home / 'shards'} --utility study" in again


def test_a_test_image_among_the_synthetic_ones_stops_the_study(home, expanded, photos):
    leaky = home / "leaky"
    shutil.copytree(expanded, leaky)
    # All photographs, so that those held out are among them.
    for number, path in enumerate(sorted((photos / "red").iterdir())):
        with Image.open(path) as image:
            image.resize((16, 16), Image.Resampling.BICUBIC).save(
                leaky / f"images/red/9{number:05d}.png"
            )
    result = tool("utility", "--synthetic", leaky, "--out", "leak", *QUICK, *ARMS, cwd=home)
    assert result.returncode == 2
    assert "synthetic images are also test images" in result.stderr
    assert re.search(r"\(red/9\d+\.png is .*photos/red/\d+\.png; ", result.stderr)
    assert not (home / "leak").exists()


def test_a_folder_of_another_tool_and_unknown_arms_are_refused(home, expanded, photos):
    result = tool("utility", "--synthetic", photos, "--out", "x", *QUICK, cwd=home)
    assert result.returncode == 2
    assert "there is no manifest.json of synthesize," in result.stderr
    words = ["--synthetic", expanded, "--out", "x", *QUICK, "--arms", "real", "reel"]
    result = tool("utility", *words, cwd=home)
    assert result.returncode == 2
    assert "arm 'reel' is not one of" in result.stderr


def test_two_classifiers_stand_side_by_side(home, expanded):
    arms = ["--arms", "real, balanced", "real + synthetic x 1"]
    words = ["--synthetic", expanded, "--out", "both", *QUICK, *arms]
    words += ["--classifier", "auto", "small"]
    printed = passed(tool("utility", *words, cwd=home))
    assert "classifier imagenet: a linear head on frozen features of EfficientNet-Lite0" in printed
    assert "read at 192 px from their files, and synthetic ones scaled up from 16 px" in printed
    assert printed.count("verdict: ") == 2
    found = json.loads((home / "both/utility.json").read_text())
    assert (found["classifier"], found["classifier_size"]) == ("imagenet", 192)
    assert found["others"]["small"]["classifier"] == "small"
    assert len(found["others"]["small"]["results"]["real, balanced"]) == 3
    # All trainings are known, so the same call prints the same, and trains nothing.
    results = home / "both/imagenet/results.jsonl"
    before = results.read_text()
    again = passed(tool("utility", *words, cwd=home))
    assert again[again.index("verdict: ") :] == printed[printed.index("verdict: ") :]
    assert results.read_text() == before
    report = ["--synthetic", expanded, "--utility", "both", "--out", "both.html"]
    passed(tool("report", *report, cwd=home))
    page = (home / "both.html").read_text()
    assert "The best arm with synthetic images of each classifier" in page


def test_weights_are_named_by_their_option(home, expanded):
    words = ["--synthetic", expanded, "--out", "x", "--classifier", "resnet18"]
    result = tool("utility", *words, "--classifier-weights", "no.pt", cwd=home)
    assert result.returncode == 2
    assert "--classifier-weights no.pt: No such file" in result.stderr
    assert not (home / "x").exists()
