"""Wrong and odd arguments of the tools: always a line that names what is wrong."""

import re
from importlib import import_module

import pytest

from ganaug.cli.tool import error_of_user, run_tool

LONG = "x" * 5000
OUT = ("--ckpt", "none.ckpt", "--out", "made")
REAL = ("--synthetic", "here", "--real", "here")
LABEL = ("--ckpt", "none.ckpt", "--images", "here", "--out", "l.csv")
LOOK = ("--ckpt", "none.ckpt", "--out", "a.png")
WRONG = [
    ("synthesize", (), "--out is needed, and --ckpt or --sources"),
    ("synthesize", ("--ckpt",), "ckpt: expected one argument"),
    ("synthesize", ("--nope",), "--nope is not an option"),
    ("synthesize", ("--per_class", "3"), "did you mean '--per-class'"),
    ("synthesize", (*OUT, "stray"), "'stray' belongs to no option"),
    ("synthesize", (*OUT, "my photos"), "'my photos' belongs to no option; quote values"),
    (
        "advise",
        ("--real", "here", "--out", "a"),
        "--real is not an option of advise",
    ),
    ("fit", ("--model", "gan", "--budget", "30"), "--budget is '30'; give a time with its unit"),
    ("synthesize", (*OUT, "--per-class", "x"), "--per-class is 'x'; use a whole number"),
    ("synthesize", (*OUT, "--per-class", "1e9"), "--per-class is '1000000000.0'; use"),
    ("synthesize", (*OUT, "--multiply", "x"), "--multiply is 'x'; use a number"),
    ("synthesize", (*OUT, "--per-class", "1", "--multiply", "2"), "not allowed with --multiply"),
    ("synthesize", (*OUT, "--format", "bmp"), "--format is 'bmp'; use png, jpeg, webp"),
    ("synthesize", (*OUT, "--layout", ""), "--layout is ''; use folder, web"),
    ("synthesize", (*OUT, "--seed", "0.5"), "--seed is .*0.5.*; use a whole number"),
    ("synthesize", (*OUT, "--trainer.devices", "x"), "--trainer.devices is 'x'"),
    ("synthesize", (*OUT, "--trainer.devices", "9" * 9), "--trainer.devices is '9"),
    ("synthesize", (*OUT, "--trainer.num_nodes", "x"), "--trainer.num_nodes is 'x'"),
    ("synthesize", (*OUT, "--trainer.accelerator", "x"), "trainer: .*accelerator"),
    ("synthesize", OUT, "there is no checkpoint none.ckpt"),
    ("synthesize", ("--ckpt", "here", "--out", "made"), "here holds no checkpoints"),
    ("synthesize", ("--ckpt", "text", "--out", "made"), "text is damaged, or carries code"),
    ("synthesize", ("--ckpt", LONG, "--out", "made"), "File name too long"),
    ("synthesize", ("--verify", "nowhere"), "nowhere holds no manifest.json"),
    ("synthesize", ("--verify", "deep", "--filter", "x"), "nothing else: leave out --filter"),
    ("synthesize", ("--verify", ""), "holds no manifest.json"),
    ("synthesize", ("--verify", "deep"), "deep/manifest.json can't be read: it is nested too deep"),
    ("evaluate", (), "--synthetic is needed"),
    ("evaluate", ("--synthetic", "nowhere", "--real", "mnist"), "nowhere: there is no such folder"),
    ("evaluate", ("--synthetic", LONG, "--real", "mnist"), "File name too long"),
    (
        "evaluate",
        REAL,
        "here holds no synthetic images; give a folder that holds a folder for each class",
    ),
    ("evaluate", (*REAL, "--seed", "-1"), "--seed is -1; it must be from 0 to"),
    (
        "evaluate",
        (*REAL, "--inception-weights", "w.pth"),
        "w.pth is read with --features inception",
    ),
    ("evaluate", (*REAL, "--data-root", "there"), "--data-root there and --real here both say"),
    ("evaluate", (*REAL, "--n", "many"), "--n is 'many'; use a whole number"),
    (
        "evaluate",
        (*REAL, "--features", "x"),
        "--features is 'x'; use domain, imagenet, lite2, inception",
    ),
    ("evaluate", (*REAL, "--device", "tpu"), "--device is 'tpu'; use auto, cpu, cuda"),
    ("utility", (), "--(synthetic|out) is needed"),
    ("utility", ("--synthetic", "here", "--out", "u"), "there is no manifest.json"),
    (
        "utility",
        ("--synthetic", "deep", "--out", "u"),
        "deep/manifest.json can't be read: it is ne",
    ),
    (
        "utility",
        ("--synthetic", "here", "--out", "u", "--seeds", "0"),
        "--seeds is 0; it must be 3 or more",
    ),
    ("utility", ("--synthetic", "here", "--out", "u", "--steps", "-1"), "--steps is -1"),
    ("utility", ("--synthetic", "here", "--out", "text/u"), "--out is text/u, and text is a file"),
    ("utility", ("--synthetic", "here", "--out", "u", "--arms"), "--arms needs a value"),
    ("label", (), "--(images|out) is needed"),
    ("label", ("--images", "x", "--out", "y"), "give either --ckpt or --real"),
    ("label", LABEL, "there is no checkpoint none.ckpt"),
    ("label", (*LABEL, "--image-size", "64"), "--image-size 64 is read with --real; the model"),
    (
        "label",
        (*LABEL, "--min-confidence", "nan"),
        "--min-confidence is 'nan'; use a number",
    ),
    ("label", (*LABEL, "--min-confidence", "-1"), "--min-confidence is -1.0"),
    ("label", ("--real", "here", "--images", "none", "--out", "l.csv"), "no folder 'none'"),
    ("label", (*LABEL, "--copy-to", "deep"), "deep exists, and nothing is overwritten"),
    ("label", (*LABEL, "--copy-to", "here"), "--copy-to 'here' lies in the images' folder 'here'"),
    ("label", (*LABEL[:-1], LONG), "File name too long"),
    ("label", (*LABEL[:-1], "text/l.csv"), "--out is text, which is a file; give another folder"),
    ("explore", (), "is needed; --help shows all"),
    ("explore", ("nope", *LOOK), "exploration 'nope' is not one of arithmetic"),
    ("explore", ("walk", *LOOK), "there is no checkpoint none.ckpt"),
    ("explore", ("walk", *LOOK[:-1], "text/a.png"), "--out is text, which is a file"),
    ("explore", ("walk", *LOOK, "--seed", "9" * 30), "--seed is 9"),
    ("explore", ("walk", *LOOK, "--kind", "x"), "--kind is 'x'; use spherical, linear"),
    ("explore", ("inpaint", *LOOK, "--hole", "left", "--mask", "m.png"), "--hole and --mask both"),
    ("explore", ("inpaint", *LOOK, "--image"), "--image needs a value"),
    (
        "fit",
        ("--model", "gan", "--budget", "1m", "--trainer.default_root_dir", "text"),
        "--trainer.default_root_dir is text, which is a file; give another folder",
    ),
    ("benchmark", ("--models",), "--models needs a value"),
    ("benchmark", ("--models", ""), "study '' is not one of"),
    ("benchmark", ("--models", "gan", "--seeds", "x"), "--seeds is 'x'; use a whole number"),
    ("benchmark", ("--models", "gan", "--minutes", "x"), "--minutes is 'x'; use a number"),
]


@pytest.fixture
def _places(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "deep" / "images").mkdir(parents=True)
    (tmp_path / "deep" / "metadata.csv").touch()
    (tmp_path / "deep" / "manifest.json").write_text("[" * 100_000)
    (tmp_path / "text").write_text("no checkpoint")


@pytest.mark.usefixtures("_places")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "words", "reason"), WRONG)
def test_a_line_says_what_is_wrong(name, words, reason, capsys):
    tool = import_module(f"ganaug.cli.{name}")
    with pytest.raises(SystemExit) as left:
        run_tool(lambda: tool.main([*words]))
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1
    assert len(said) < 600
    assert re.search(reason, said), said


def test_a_shortened_option_is_unknown(capsys):
    words = ["--model", "gan", "--trainer.max_epoch", "1"]
    with pytest.raises(SystemExit):
        run_tool(lambda: import_module("ganaug.cli.fit").main(words))
    said = capsys.readouterr().err
    assert "no setting --trainer.max_epoch; did you mean '--trainer.max_epochs'?" in said


def test_faults_of_the_program_keep_their_traceback():
    assert error_of_user(KeyError("x")) is None
    assert error_of_user(FileNotFoundError(2, "No such file", "x")) is None


def test_too_little_memory_takes_a_line():
    for error in (MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")):
        assert "not enough memory for these settings" in str(error_of_user(error))
