"""Broken checkpoints and targets: a clear line, exit code 2, nothing written, no code run."""

import errno
import os
import re
from pathlib import Path

import pytest
import torch

from ganaug.cli import synthesize
from ganaug.cli.tool import run_tool
from ganaug.models.gan import GAN
from ganaug.models.vae import VAE
from ganaug.training.checkpoints import CARD_KEY
from ganaug.training.checks import check_checkpoint
from ganaug.utils.errors import UsageError
from helpers.expanded import contents
from helpers.plain_checkpoints import SETTINGS, Payload, plain_checkpoint


@pytest.fixture
def synthesized(tmp_path, capsys):
    """Run synthesize in this process; return its exit code and what it said of errors."""

    def run(content, *words, out="out"):
        torch.save(content, tmp_path / "a.ckpt")
        own = ["--ckpt", "a.ckpt", "--per-class", "3", "--trainer.accelerator", "cpu"]
        with pytest.raises(SystemExit) as ended:
            run_tool(lambda: synthesize.main([*own, "--out", str(out), *words]))
        return ended.value.code, capsys.readouterr().err

    return run


def of_a_newer_model(content):
    content["hyper_parameters"] = {**SETTINGS, "hyperbolic": True}


def of_an_older_card(content):
    del content[CARD_KEY]["fingerprint"]


def of_an_unknown_model(content):
    content[CARD_KEY]["model"] = "ganaug.models.gann.GANN"


def with_the_weights_of_another_model(content):
    content["state_dict"] = VAE(image_size=8, hidden=(8,), num_classes=2).state_dict()


def with_weights_of_another_shape(content):
    content["hyper_parameters"] = {**SETTINGS, "generator_hidden": [9]}


def with_code(content):
    content["callbacks"] = Payload()


BROKEN = {
    of_a_newer_model: "does not fit this version of ganaug: .*'hyperbolic'.* Fit again, or use the",
    of_an_older_card: "does not fit this version of ganaug: it holds no 'fingerprint'",
    of_an_unknown_model: "needs the model 'ganaug.models.gann.GANN', which is not registered",
    with_the_weights_of_another_model: "does not fit .*: Missing key.s. in state_dict",
    with_weights_of_another_shape: "does not fit .*: size mismatch for game",
    with_code: "is damaged, or carries code and is refused",
}


def refused(result, message):
    code, said = result
    assert code == 2
    assert re.fullmatch(f"error: .*{message}.*\n", said)


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change.__name__)
@pytest.mark.parametrize("words", [[], ["--dry-run"]], ids=["made", "planned"])
def test_a_checkpoint(synthesized, tmp_path, change, words):
    content = plain_checkpoint()
    change(content)
    refused(synthesized(content, *words), BROKEN[change])
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_path": "os.system"}, "data module os.system, which is not registered"),
        (
            {"class_path": "datamodules.gone.Gone"},
            "datamodules.gone.Gone, which is not registered",
        ),
        ({"class_path": "datamodules.mnist.read_image"}, "which is not registered"),
        ({"init_args": {"rooot": "x"}}, "do not fit this version of ganaug: .*'rooot'"),
    ],
)
def test_a_checkpoint_of_data_that_this_version_has_not(synthesized, tmp_path, settings, message):
    content = plain_checkpoint()
    content[CARD_KEY] |= settings
    refused(synthesized(content, "--method", "albumentations"), message)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


def test_a_model_without_an_encoder(synthesized, tmp_path):
    message = "the method 'smote' .* GAN has no encoder: fit a vae"
    for words in ([], ["--dry-run"]):
        refused(synthesized(plain_checkpoint(), "--method", "smote", *words), message)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_target_that_may_not_be_written_to(synthesized, tmp_path, monkeypatch, number):
    # Patched, since nothing keeps root from writing.
    make = os.mkdir

    def refuse(path, *rest, **options):
        if str(path).startswith("shelf"):
            raise OSError(number, os.strerror(number), str(path))
        return make(path, *rest, **options)

    (tmp_path / "shelf").mkdir()
    monkeypatch.setattr(os, "mkdir", refuse)
    message = f"cannot write shelf/out: {os.strerror(number)}.* give --out a folder that you can"
    refused(synthesized(plain_checkpoint(), out="shelf/out"), message)
    assert not any((tmp_path / "shelf").iterdir())


def test_a_target_that_may_not_be_looked_into(synthesized, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")

    def forbidden(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", forbidden)
    refused(synthesized(plain_checkpoint()), "cannot write out: Permission denied")
    monkeypatch.undo()
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_a_target_below_a_file(synthesized, tmp_path):
    (tmp_path / "file").write_text("mine")
    refused(
        synthesized(plain_checkpoint(), out="file/out"),
        "file/out, and file is a file; give another",
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_target_of_another_run(synthesized, tmp_path):
    assert synthesized(plain_checkpoint())[0] == 0
    before = contents(tmp_path / "out")
    refused(
        synthesized(plain_checkpoint(), "--seed", "1"),
        "out holds another run; what differs: .*seed",
    )
    assert contents(tmp_path / "out") == before


def test_an_address_where_something_else_lies(synthesized, tmp_path):
    memory = pytest.importorskip("fsspec").filesystem("memory")
    memory.pipe_file("/photos/mine.png", b"mine")
    message = "memory://photos is not empty; give --out another address"
    refused(synthesized(plain_checkpoint(), "--work", "work", out="memory://photos"), message)
    assert memory.find("/photos") == ["/photos/mine.png"]
    assert not (tmp_path / "work").exists()


def test_a_run_does_not_go_on_from_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = plain_checkpoint()
    with_code(content)
    torch.save(content, "a.ckpt")
    with pytest.raises(UsageError, match=r"a\.ckpt is damaged, or carries code and is refused"):
        check_checkpoint(GAN(**SETTINGS), None, Path("a.ckpt"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]
