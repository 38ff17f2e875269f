"""croissant.json and the card of a set: read by the libraries that they are written for."""

import hashlib
import io
import json
import re
from html import unescape
from urllib.parse import unquote

import mlcroissant
import numpy as np
import pytest
import torch
import yaml
from etils import epath
from markdown_it import MarkdownIt
from mlcroissant._src.operation_graph.operations import extract
from PIL import Image

from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis import verify
from ganaug.synthesis.public_copy import front_matter
from ganaug.synthesis.writer.card import data_card
from ganaug.synthesis.writer.described import add_figures
from ganaug.synthesis.writer.webdataset import in_shards, write_shards
from helpers.expanded import contents, rows, write

QUOTAS = {"cat": 6, "dog/wolf": 3, "emu": 2}
RECORDS = "images_and_labels"


FACTS = {"license": "CC-BY-4.0", "source_note": "photos of my garden"}


def written(painter, out, sharded, **settings):
    write(painter, out, planned_classes=QUOTAS, facts=FACTS, **settings)
    if sharded:
        in_shards(out)
    return out


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_mlcroissant_validates_it_and_loads_records(painter, tmp_path, kind):
    out = written(painter, tmp_path / "set", False, kind=kind)
    found = mlcroissant.Dataset(out / "croissant.json")
    assert not found.metadata.issues.errors
    records = list(found.records(RECORDS))
    labels = [record[f"{RECORDS}/label"].decode() for record in records]
    assert {name: labels.count(name) for name in labels} == {"cat": 6, "dog%2Fwolf": 3, "emu": 2}
    for record in records:
        with Image.open(out / record[f"{RECORDS}/file"].decode()) as image:
            own = np.asarray(image.convert("RGB"))
        assert (np.asarray(record[f"{RECORDS}/image"].convert("RGB")) == own).all()
    assert found.metadata.license == ["CC-BY-4.0"]
    assert rows_read(found) == [row["sha256"] for row in rows(out)]


def rows_read(found):
    return [record["rows/sha256"].decode() for record in found.records("rows")]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_mlcroissant_loads_records_of_shards(painter, tmp_path, kind, monkeypatch):
    # Two sets whose shards are called alike, one cache: each must yield its own images.
    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path / "cache"))
    monkeypatch.setattr(write_shards, "__defaults__", (4,))
    quotas = {"cat": 6, "a.b/c": 3}
    for channels in (1, 3):
        settings = {"planned_classes": quotas, "names": tuple(quotas), "channels": channels}
        write(painter, out := tmp_path / f"set{channels}", kind=kind, **settings)
        files = contents(out / "images")
        in_shards(out)
        found = mlcroissant.Dataset(out / "croissant.json")
        assert not found.metadata.issues.errors
        records = {unquote(one[f"{RECORDS}/file"].decode()): one for one in found.records(RECORDS)}
        assert records.keys() == {unquote(path.as_posix()) for path in files}
        for path, content in files.items():
            one = records[unquote(path.as_posix())]
            assert unquote(one[f"{RECORDS}/label"]) == unquote(path.parent.name)
            with Image.open(io.BytesIO(content)) as image:
                assert (np.asarray(one[f"{RECORDS}/image"]) == np.asarray(image)).all()
        for each in found.metadata.distribution:
            if each.name.startswith("shard-"):
                assert each.sha256 == hashlib.sha256((out / each.name).read_bytes()).hexdigest()
        assert rows_read(found) == [row["sha256"] for row in rows(out)]


@pytest.mark.parametrize("sharded", [False, True])
def test_the_same_set_has_the_same_bytes(painter, tmp_path, sharded):
    first, second = (written(painter, tmp_path / name, sharded) for name in "ab")
    assert contents(first) == contents(second)


def test_a_set_without_it_still_verifies(painter, tmp_path):
    out = written(painter, tmp_path / "set", False)
    (out / "croissant.json").unlink()
    assert verify(out).sound


def examples(card):
    return re.findall(r"```python\n(.*?)```", card.read_text(), re.DOTALL)


@pytest.mark.parametrize("sharded", [False, True])
def test_the_examples_in_the_card_run(painter, tmp_path, sharded, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    out = written(painter, tmp_path / "set", sharded)
    monkeypatch.chdir(out)
    in_torch, by_datasets = examples(out / "README.md")
    assert sharded or len(in_torch.splitlines()) <= 13
    found = {}
    exec(in_torch, found)
    if sharded:
        pairs = list(found["pairs"])
        assert (len(pairs), pairs[0][0].size, pairs[-1][1]) == (11, (8, 8), 2)
    else:
        assert len(found["data"]) == 11
        assert found["data"].classes == ["cat", "dog%2Fwolf", "emu"]
        assert torch.isfinite(found["loss"])
    exec(by_datasets.replace(")", ', cache_dir="../hub")'), found)
    assert len(found["data"]) == 11
    assert found["data"][0]["png" if sharded else "image"].size == (8, 8)


def test_classes_that_are_called_as_splits_are_loaded_as_classes(painter, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    names = ("cat", "dev", "steam train", "test_tube", "valid")
    quotas = dict.fromkeys(names, 2)
    write(painter, tmp_path / "set", names=names, planned_classes=quotas)
    monkeypatch.chdir(tmp_path / "set")
    found = {}
    exec(examples(tmp_path / "set/README.md")[1].replace(")", ', cache_dir="../hub")'), found)
    assert found["data"].features["label"].names == [*names]
    assert sorted(found["data"]["label"]) == sorted([*range(5)] * 2)


def test_the_card_shows_the_figures_of_an_evaluation(painter, tmp_path):
    out = written(painter, tmp_path / "set", False)
    before = (out / "README.md").read_text()
    add_figures(out)
    assert (out / "README.md").read_text() == before
    for value in (0.125, 0.5):
        low = MetricResult("kid", "lite0", value, (0.1, 0.2), n=11, n_real=20)
        Evaluation({"kid": low, "is": low}).to_json(out / "metrics.json")
        add_figures(out)
        card = (out / "README.md").read_text()
        assert f"| kid | {value} | 0.1 to 0.2 |  | lite0 |" in card
    assert card.count("## Metrics") == 1
    assert "| is |" not in card
    assert card.replace(card[card.index("## Metrics") : card.index("<!-- /fig")], "") == before
    (out / "README.md").write_text("my own")
    add_figures(out)
    assert (out / "README.md").read_text() == "my own"


def test_figures_stay_in_the_card_of_a_set_that_goes_into_shards(painter, tmp_path):
    out = written(painter, tmp_path / "set", False)
    Evaluation({"kid": MetricResult("kid", "lite0", 0.5)}).to_json(out / "metrics.json")
    add_figures(out)
    in_shards(out)
    card = (out / "README.md").read_text()
    assert "| kid | 0.5 |" in card
    assert "shard-*.tar" in card


def test_the_card_says_license_origin_and_marks(painter, tmp_path):
    out = written(painter, tmp_path / "set", False)
    card = (out / "README.md").read_text()
    for said in (
        'license: "cc-by-4.0"',
        "photos of my garden",
        "trainedAlgorithmicMedia",
        "Privacy",
    ):
        assert said in card
    assert json.loads((out / "croissant.json").read_text())["license"] == "CC-BY-4.0"


FITTED = {"card": {"class_counts": {"a": 1000, "b": 24}}, "model": "dcgan"}
WITHOUT_MODEL = {"card": FITTED["card"]}
SOURCES = {"source_counts": {"a": 5, "b": 3, "c": 1}}


@pytest.mark.parametrize(
    ("methods", "facts", "said"),
    [
        (["generator"], FITTED, ["the model was fitted on 1,024 real images of 2 classes"]),
        (["folder", "real"], FITTED, []),
        (["albumentations"], WITHOUT_MODEL, ["training images: 1,024 real images of 2 classes"]),
        (
            ["translator"],
            FITTED | SOURCES,
            [
                "the model was fitted on 1,024 real images of 2 classes",
                "made from 9 real images of 3 classes that the model was given (`sources`)",
            ],
        ),
    ],
)
def test_the_card_says_which_real_images_took_part(methods, facts, said):
    usual = {"counts": {"synthetic": {}, "real": {}}, "passed": {}, "short": {}, "class_names": []}
    card = data_card({**usual, "sources": {name: {} for name in methods}, **facts})
    assert [line[2:] for line in card.splitlines() if "real images of" in line] == said


ODD = ["a|b", "a\\|b", "a\\", "*bold*", "`code`", "<b>x</b>", "&amp;", "[x](y)", "_it_", "__init__",
       "~~s~~", "cr\rx", "line\nbreak", "\u2028x", "![i](j)", "dog_wolf", "玫瑰", "🌹"]  # fmt: skip


def test_odd_names_and_notes_stand_in_the_card_as_they_are(painter, tmp_path):
    said = {"license": 'My 🌹 "License": <b>\n---', "source_note": "<script> *of* `there`\n# x"}
    write(painter, tmp_path, names=ODD, planned_classes=dict.fromkeys(ODD, 1), facts=said)
    _, head, body = (tmp_path / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(head)["license"] == 'my 🌹 "license": <b> ---'
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body)
    items = [unescape(each) for each in re.findall("<li>(.*?)</li>", page)]
    assert 'license: My 🌹 "License": <b> ---' in items
    assert "real images: <script> *of* `there` # x" in items
    cells = [unescape(each) for each in re.findall("<tr>\n<td>(.*?)</td>", page)]
    assert cells == [" ".join(name.split()) for name in ODD]


def test_a_license_of_any_letters_is_yaml():
    head = "\n".join(front_matter("My 🌹", "Roses 🌹", 5))
    found = yaml.safe_load(head)
    assert (found["license_name"], found["pretty_name"]) == ("My 🌹", "Roses 🌹")
