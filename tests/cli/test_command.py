"""A command made from a function: options and errors by parameter, help from the docstring."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Literal

import pytest

from datamodules.errors import DataError
from ganaug.cli.command import Command
from ganaug.cli.main import COMMANDS, dispatch
from ganaug.utils.errors import UsageError


def expand(
    model: "Model | str",  # noqa: F821 - a type that no word can be
    out: str,
    *,
    per_class: int | None = None,
    fraction: float | None = None,
    filters: list[str] | None = None,
    layout: Literal["folder", "webdataset"] = "folder",
    with_real: bool = False,
    sampling_strategy: str = "auto",
    mark: bool = True,
):
    """Expand a set.

    Args:
        model: A run, or
            a checkpoint.
        out: The folder.
        per_class: Images of each class.
        fraction: Of synthetic images.
        filters: What an image must pass.
        layout: Of the files.
        with_real: Whether real images are copied.
        sampling_strategy: By imbalanced-learn's names.
        mark: mark each file
    """
    return locals()


COMMAND = Command(
    f"{__name__}:expand",
    flags={"model": "ckpt", "filters": "filter"},
    examples="  ganaug expand --ckpt RUN --out expanded",
)


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setitem(sys.modules, __name__, sys.modules[expand.__module__])


def parsed(*words):
    return COMMAND.parse(["--ckpt", "run", "--out", "set", *words])


def test_words_become_the_functions_arguments():
    found = parsed("--per-class", "3", "--with-real", "--fraction=0.5")
    assert COMMAND.function(**found) == {
        "model": "run",
        "out": "set",
        "per_class": 3,
        "fraction": 0.5,
        "filters": None,
        "layout": "folder",
        "with_real": True,
        "sampling_strategy": "auto",
        "mark": True,
    }


def test_what_is_true_by_default_is_turned_off():
    assert parsed("--no-mark")["mark"] is False
    assert "do not mark each file" in " ".join(COMMAND.parser().format_help().split())
    with pytest.raises(UsageError, match="leave it out by --no-mark"), COMMAND.naming_options():
        raise UsageError("leave it out by `mark=False`")
    with pytest.raises(UsageError, match="--mark is not an option"):
        parsed("--mark")


@pytest.mark.parametrize(
    "text", ["007", "no", "{'a': 3}", '{"a": 3}', "1e3", "[x", "a: b", "null "]
)
def test_text_arrives_as_typed(text):
    assert parsed("--sampling-strategy", text)["sampling_strategy"] == text


def test_a_list_takes_several_words_and_is_repeated():
    found = parsed("--filter", "agreement=0.5", "a, b", "--per-class", "1", "--filter=memorized")
    assert found["filters"] == ["agreement=0.5", "a, b", "memorized"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "x"], "--ckpt is needed; --help shows all"),
        (
            ["--ckpt", "x", "--out", "y", "--per-class", "many"],
            "--per-class is 'many'; use a whole",
        ),
        (["--ckpt", "x", "--out", "y", "--per-class", "1.5"], "--per-class is '1.5'; use a whole"),
        (["--ckpt", "x", "--out", "y", "--fraction", "x"], "--fraction is 'x'; use a number"),
        (
            ["--ckpt", "x", "--out", "y", "--layout", "tar"],
            "--layout is 'tar'; use folder, webdata",
        ),
        (["--ckpt", "x", "--oout", "y"], "--oout is not an option; did you mean '--out'"),
        (["--ckpt", "x", "--out", "y", "z"], "'z' belongs to no option"),
        (["--ckpt", "x", "--out", "y", "--filter"], "--filter needs a value"),
        (["--ckpt"], "--ckpt: expected one argument"),
    ],
)
def test_wrong_words_get_a_line(words, message):
    with pytest.raises(UsageError) as caught:
        COMMAND.parse(words)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_help_comes_from_the_docstring():
    text = COMMAND.parser().format_help()
    assert "Expand a set." in text
    assert "A run, or a checkpoint." in text
    assert "{folder,webdataset}" in text
    assert text.endswith("examples:\n  ganaug expand --ckpt RUN --out expanded\n")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_examples_are_lines_that_fit(name):
    """A backslash before the end of a line of source must not join it with the next."""
    command = getattr(import_module(f"ganaug.cli.{name}"), "COMMAND", None)
    lines = command.examples.splitlines() if command else []
    assert not [line for line in lines if len(line) > 100]


@pytest.mark.parametrize("kind", [UsageError, DataError])
def test_errors_name_options_in_the_place_of_parameters(kind):
    message = "model is x; set per_class, give `out` another folder, or data.root; the model is old"
    with pytest.raises(UsageError) as caught, COMMAND.naming_options():
        raise kind(message)
    assert str(caught.value) == (
        "--ckpt is x; set --per-class, give --out another folder, or --data.root; the model is old"
    )


def test_there_is_no_other_command(capsys):
    dispatch(["--help"])
    assert all(f"\n  {name} " in capsys.readouterr().out for name in ["fit"])
    with pytest.raises(UsageError, match="there is no command 'fitt'; did you mean 'fit'"):
        dispatch(["fitt"])


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"benchmark"}))
def test_help_answers_without_torch(name):
    code = (
        "import sys; from ganaug.cli.main import dispatch\n"
        f"try: dispatch(['{name}', '--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'lightning', 'torchvision'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout
