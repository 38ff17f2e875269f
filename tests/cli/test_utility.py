"""What `utility` names as the next command."""

import inspect
from types import SimpleNamespace

import pytest

from ganaug.cli import utility as command
from ganaug.evaluation.utility.run import utility
from ganaug.synthesis.dataset import SyntheticDataset
from helpers.image_folders import fill


@pytest.fixture
def next_words(tmp_path, monkeypatch, capsys):
    """Run the command on images of another program; return the options of the one it names."""
    for name in ("rose", "tulip"):
        fill(tmp_path / "made" / name, 2)

    def done(**_):
        return SimpleNamespace(file="utility.json")

    done.__signature__ = inspect.signature(utility)
    monkeypatch.setitem(vars(command.COMMAND), "function", done)

    def run(*words):
        command.main(["--synthetic", "made", "--out", "out", *words])
        *_, last = capsys.readouterr().out.splitlines()
        return last.removeprefix("  python tools/report.py ")

    return run


@pytest.mark.parametrize(
    "real",
    [
        "--real photos --image-size 32",
        "--real photos",
        "--data.root photos --data.labels kinds.csv",
        "--real photos --data-root moved",
        "--data mnist --data.image_size 16",
        "",
    ],
)
def test_the_report_on_a_set_of_another_program_needs_its_real_images(next_words, real):
    assert next_words(*real.split()) == " ".join(
        part for part in ("--synthetic made", real, "--utility out") if part
    )


def test_the_report_on_a_set_of_ours_knows_them(next_words, monkeypatch):
    monkeypatch.setattr(SyntheticDataset, "card", object())
    assert next_words("--real", "photos") == "--synthetic made --utility out"
    expected = "--synthetic made --data-root moved --utility out"
    assert next_words("--data-root", "moved") == expected
