"""Class names from words and files reach the data module as they were typed."""

from types import SimpleNamespace

import pytest
import yaml

import ganaug
from ganaug.cli.fit_arguments import expand
from ganaug.reporting.latent_space.session import Session
from ganaug.synthesis.matching import match_classes
from ganaug.synthesis.plan import read_plan
from ganaug.training.class_settings import file_with_names_as_text, names_as_text
from helpers.image_folders import fill

NAMES = ["yes", "no", "00010", "1e3", "null", "2001-02-03"]


def test_words_are_quoted():
    listed = f"[{', '.join(NAMES)}]"
    quoted = '["yes", "no", "00010", "1e3", "null", "2001-02-03"]'
    words = expand(["--model", "dcgan", "--data.classes", listed, "--data.per_class={no: 4}"])
    assert words[-3:] == [quoted, "--data.per_class", '{"no": 4}']
    assert names_as_text("40", "--data.per_class") == "40"


@pytest.mark.parametrize("init_args", [True, False])
def test_files_are_quoted(tmp_path, init_args):
    inside = f"classes: [{', '.join(NAMES)}]\n    per_class: {{yes: 3, 1e3: 4}}"
    head = "data:\n  class_path: x\n  init_args:\n    " if init_args else "data:\n    "
    (tmp_path / "a.yaml").write_text(f"{head}{inside}\ntrainer: {{max_epochs: 2}}\n")
    file = file_with_names_as_text(tmp_path / "a.yaml")
    for name in ('"1e3"', '"yes"', '"00010"', '"null"'):
        assert name in file.read_text()
    settings = yaml.safe_load(file.read_text())
    own = settings["data"]["init_args"] if init_args else settings["data"]
    assert own["classes"] == NAMES
    assert own["per_class"] == {"yes": 3, "1e3": 4}
    assert settings["trainer"] == {"max_epochs": 2}


def test_a_file_without_names_is_itself(tmp_path):
    (tmp_path / "a.yaml").write_text("data: {init_args: {per_class: 3}}")
    assert file_with_names_as_text(tmp_path / "a.yaml") == tmp_path / "a.yaml"


def test_plans_folders_and_explorations_find_names_in_each_form(tmp_path):
    nfc, nfd = "caf\xe9", "cafe\u0301"
    (tmp_path / "plan.yaml").write_text(f"{nfd}: 3\nyes: 2\n", encoding="utf-8")
    plan = read_plan(tmp_path / "plan.yaml", {nfc: 5, "yes": 5}, "generator")
    assert plan == {"generator": {nfc: 3, "yes": 2}}
    assert match_classes([nfd], ["a", nfc]) == {nfd: 1}
    session = Session.__new__(Session)
    object.__setattr__(session, "card", SimpleNamespace(class_names=("a", nfc)))
    assert session.label_of(nfd) == 1


def test_home_in_words_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "photos", 1)
    words = expand(["--model", "dcgan", "--data.root=~/photos"])
    assert words[-2:] == ["--data.root", str(tmp_path / "photos")]


def test_a_run_keeps_names_as_text_and_goes_on(tmp_path):
    for first, name in enumerate(("1e3", "yes", "other")):
        fill(tmp_path / "photos" / name, 12, 100 * first)
    data = ganaug.ImageFolder(
        str(tmp_path / "photos"),
        image_size=8,
        classes=["yes", "1e3"],
        per_class={"1e3": 4},
        batch_size=4,
        epoch_images=1,
    )
    quiet = {"enable_progress_bar": False, "accelerator": "cpu"}
    run = ganaug.fit("gan", data, max_epochs=1, fidelity={"every_epochs": 0}, **quiet)
    own = yaml.safe_load((run.folder / "config.yaml").read_text())["data"]["init_args"]
    assert own["classes"] == ["yes", "1e3"]
    assert '"1e3": 4' in (run.folder / "config.yaml").read_text()
    assert ganaug.fit(resume=run, max_epochs=2, **quiet).last is not None


@pytest.mark.parametrize("settings", ["text", "[classes]", "3", "null", "{init_args: text}"])
def test_data_that_holds_no_settings_is_left_to_the_parser(tmp_path, settings):
    file = tmp_path / "config.yaml"
    file.write_text(f"data: {settings}\n")
    assert file_with_names_as_text(file) == file
