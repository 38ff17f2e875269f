"""Synthesize as a user meets it: planned, filtered, killed and gone on with, by two processes."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from ganaug.models.registry import ROOT
from helpers.tool_runs import TINY, passed, rows_of, tool


def contents(out):
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def words(run):
    return ["--ckpt", run, "--per-class", "200"]


@pytest.fixture(scope="module")
def whole(home, words):
    passed(tool("synthesize", *words, "--out", "whole", cwd=home))
    return contents(home / "whole")


def test_the_plan_alone_makes_nothing(home, run):
    words = ["--ckpt", run, "--dry-run", "--synthetic-fraction", "0.5"]
    printed = passed(tool("synthesize", *words, cwd=home))
    lines = [line.split() for line in printed.splitlines() if line]
    assert lines[0] == ["class", "real", "target", "generator"]
    assert lines[1] == ["light", "blue", "16", "32", "16"]
    assert lines[2] == ["red", "32", "64", "32"]
    assert "48 images to be made by generator" in printed


def test_two_processes_make_the_same_files(home, words, whole):
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", "2"]
    printed = passed(tool("synthesize", *words, *devices, "--out", "two", cwd=home))
    assert contents(home / "two") == whole
    assert printed.count("next:") == 1


def test_more_processes_than_blocks_come_to_an_end(home, run):
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", "2"]
    words = ["--ckpt", run, "--sampling-strategy", "auto", "--out", "few", *devices]
    passed(tool("synthesize", *words, cwd=home))
    assert len([*(home / "few/images").rglob("*.png")]) == 16


def kill_in_its_work(arguments, out, seconds):
    """Run synthesize and kill it so long after its work began; whether it was not done by then."""
    command = [sys.executable, str(ROOT / "tools" / "synthesize.py"), *map(str, arguments)]
    process = subprocess.Popen(
        command,
        cwd=out.parent,
        env={**os.environ, "GANAUG_CACHE": str(out.parent / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not (out / ".unfinished").is_dir():
        time.sleep(0.005)
    time.sleep(seconds)
    process.kill()
    process.wait()
    return (out / ".unfinished").is_dir()


def test_killed_anywhere_the_same_command_goes_on(home, words, whole):
    arguments, out = [*words, "--out", "killed"], home / "killed"
    assert kill_in_its_work(arguments, out, 0)
    for seconds in (0.05, 0.2, 0.6):
        kill_in_its_work(arguments, out, seconds)
    passed(tool("synthesize", *arguments, cwd=home))
    assert contents(out) == whole
    passed(tool("synthesize", "--verify", out, cwd=home))


def test_variations_are_the_same_by_two_processes_and_after_a_kill(home, run):
    words = ["--ckpt", run, "--method", "variations", "--inversion-steps", "5"]
    words += ["--per-class", "130", "--out"]
    passed(tool("synthesize", *words, "varied", cwd=home))
    found = contents(home / "varied")
    rows = rows_of(home / "varied/metadata.csv")
    assert {row["source"] for row in rows if row["label"] == "red"} <= {
        f"red/{number}.png" for number in range(40)
    }
    # What is kept of the inversions would make them the same.
    shutil.rmtree(home / "cache/inversions")
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", "2"]
    passed(tool("synthesize", *words, "varied by two", *devices, cwd=home))
    assert contents(home / "varied by two") == found
    shutil.rmtree(home / "cache/inversions")
    assert kill_in_its_work([*words, "varied anew"], home / "varied anew", 0.1)
    passed(tool("synthesize", *words, "varied anew", cwd=home))
    assert contents(home / "varied anew") == found


def test_gates_and_formats_by_the_command_line(home, run, photos):
    filters = ["--filter", "agreement=0.5", "--filter", "realism=0.6"]
    words = ["--ckpt", run, "--per-class", "5", "--max-attempts", "40", "--format", "webp"]
    printed = passed(tool("synthesize", *words, *filters, "--out", "gated", cwd=home))
    manifest = json.loads((home / "gated/manifest.json").read_text())
    assert [next(iter(each)) for each in manifest["filters"]] == ["agreement", "realism"]
    made = manifest["counts"]["synthetic"]
    for name in ("red", "light blue"):
        assert made.get(name, 0) + manifest["short"].get(name, 0) == 5
        assert set(manifest["passed"][name]) == {"tried", "agreement", "realism"}
    assert "agreement" in printed
    assert len([*(home / "gated/images").rglob("*.webp")]) == sum(made.values())


def test_albumentations_fills_the_same_plan(home, run):
    words = ["--ckpt", run, "--sampling-strategy", "auto"]
    words += ["--method", "albumentations", "--augmentation", "strong"]
    passed(tool("synthesize", *words, "--out", "classical", cwd=home))
    manifest = json.loads((home / "classical/manifest.json").read_text())
    assert manifest["counts"]["synthetic"] == {"light blue": 16}
    assert list(manifest["sources"]) == ["albumentations"]


@pytest.fixture(scope="module")
def autoencoder(home, photos):
    words = ["--model", "vae", "--data", "image_folder", "--data.root", "photos", *TINY[2:]]
    passed(tool("fit", *words, "--model.hidden", "[8]", "--trainer.max_epochs", "1", cwd=home))
    return home / "runs/vae/version_0"


def test_a_vae_draws_and_goes_between_images_by_one_plan(home, autoencoder):
    (home / "mixed.yaml").write_text("red: {generator: 3, smote: 70}\nlight blue: {smote: 2}\n")
    words = ["--ckpt", autoencoder, "--plan-file", "mixed.yaml", "--out", "mixed"]
    printed = passed(tool("synthesize", *words, cwd=home))
    assert "75 images to be made by generator, smote" in printed
    rows = rows_of(home / "mixed/metadata.csv")
    assert Counter((row["label"], row["method"]) for row in rows) == {
        ("red", "generator"): 3,
        ("red", "smote"): 70,
        ("light blue", "smote"): 2,
    }
    sources = [Path(row["source"]) for row in rows if row["method"] == "smote"]
    assert all(source.parent.name in ("red", "light blue") for source in sources)


def test_verify_names_what_is_wrong(home, words, whole):
    passed(tool("synthesize", *words, "--out", "spoiled", cwd=home))
    (home / "spoiled/images/red/000007.png").write_bytes(b"other")
    (home / "spoiled/images/red/000008.png").unlink()
    result = tool("synthesize", "--verify", "spoiled", cwd=home)
    assert result.returncode == 2
    assert "unreadable: images/red/000007.png" in result.stdout
    assert "missing: images/red/000008.png" in result.stdout
    assert "1 missing, 1 unreadable" in result.stderr


def spoiled(run, home, name, change):
    path = home / name
    content = (run / "checkpoints" / "last.ckpt").read_bytes()
    path.write_bytes(change(content))
    return path


BROKEN = {
    "--filter memorized=x": ["--filter", "memorized=x"],
    "'copy' is not one of": ["--filter", "copy"],
    "read by the filters duplicates, memorized, outliers, private alone": [
        *("--filter-features", "imagenet", "--filter", "agreement"),
    ],
    "--augmentation none changes nothing": ["--method", "albumentations", "--augmentation", "none"],
    "does not make images of any class given": ["--sources", "photos"],
    "there is no class 'ros'": ["--plan-file", "ros.yaml"],
    "--max-attempts is 0": ["--max-attempts", "0", "--filter", "agreement=0.5"],
    "'strange' is not one of": ["--dry-run", "--filter", "strange"],
    "the model alone, and the plan has albumentations too": [
        *("--plan-file", "mixed.yaml", "--filter", "realism"),
    ],
}


@pytest.mark.parametrize("message", BROKEN)
def test_broken_words_are_one_line_and_leave_nothing(home, run, photos, message):
    (home / "ros.yaml").write_text("ros: 3\n")
    (home / "mixed.yaml").write_text("red: {generator: 2, albumentations: 1}\n")
    result = tool("synthesize", "--ckpt", run, *BROKEN[message], "--out", "broken", cwd=home)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (home / "broken").exists()


@pytest.mark.parametrize(
    "change",
    [lambda b: b[: len(b) // 2], lambda b: b"no checkpoint", lambda b: b[:400] + b"x" * 400],
    ids=["truncated", "other", "altered"],
)
def test_a_broken_checkpoint_is_one_line(home, run, change):
    path = spoiled(run, home, "broken.ckpt", change)
    result = tool("synthesize", "--ckpt", path, "--per-class", "3", "--out", "broken", cwd=home)
    assert result.returncode == 2
    assert "broken.ckpt" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (home / "broken").exists()
