"""What a fit refuses before it begins: data for other models, a folder that another fit took."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml

from datamodules.errors import DataError
from ganaug.cli.fit_arguments import expand
from ganaug.models.cgan import CGAN
from ganaug.models.cyclegan import CycleGAN
from ganaug.models.dagan import DAGAN
from ganaug.models.gan import GAN
from ganaug.models.vae import VAE
from ganaug.training.checks import (
    check_checkpoint,
    check_data,
    check_resumed,
    check_trainer,
    refuse_other_networks,
)
from ganaug.training.engine import fit_by_words
from ganaug.training.run_files import claim
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import SETTINGS, plain_checkpoint


def data(kind, batch_size=8):
    hparams = {"batch_size": batch_size}
    return SimpleNamespace(
        num_unlabelled=0, batch_kind=kind, train_dataloader=list, hparams=hparams
    )


def test_pairs_are_for_the_model_that_learns_from_them():
    pairs, plain = DAGAN(num_classes=2, width=4), GAN(num_classes=2)
    check_data(pairs, data("paired"))
    check_data(plain, data("plain"))
    with pytest.raises(
        UsageError, match=r"DAGAN needs batches of pairs .* set data.paired to true"
    ):
        check_data(pairs, data("plain"))
    with pytest.raises(UsageError, match="from which GAN does not learn: leave it out, or fit"):
        check_data(plain, data("paired"))


def test_batches_of_one_image_are_not_for_batch_norm(monkeypatch, tmp_path):
    for model in (GAN(), CGAN()):
        check_data(model, data("plain", 2))
        with pytest.raises(UsageError, match=r"data.batch_size is 1, and C?GAN normalizes .* 2 or"):
            check_data(model, data("plain", 1))
    check_data(VAE(), data("plain", 1))
    monkeypatch.chdir(tmp_path)
    words = ["--data.per_class", "1", "--data.classes", "[3]", "--data.batch_size", "8"]
    with pytest.raises(UsageError, match=r"data.batch_size is 1, .* add images or fit dcgan"):
        fit_by_words(expand(["--model", "gan", *words]))
    assert list(tmp_path.iterdir()) == []


def test_batches_that_two_devices_can_not_fill_leave_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--model", "gan", "--data.per_class", "1", "--data.batch_size", "64"]
    words += ["--data.classes", "[3]"]
    words += ["--trainer.devices", "2", "--trainer.accelerator", "cpu"]
    with pytest.raises(DataError, match="batch_size is 64 on each of 2 devices, but there are 1"):
        fit_by_words(expand(words))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "value", "instead"),
    [
        ("gradient_clip_val", 1.0, "set model.grad_clip"),
        ("accumulate_grad_batches", 2, "set model.accumulate"),
    ],
)
def test_what_lightning_does_of_itself_is_for_its_own_steps(setting, value, instead):
    plain = {"gradient_clip_val": None, "accumulate_grad_batches": 1}
    check_trainer(GAN(num_classes=2), SimpleNamespace(**plain))
    asked = SimpleNamespace(**plain | {setting: value})
    check_trainer(VAE(), asked)
    with pytest.raises(UsageError, match=f"trainer.{setting} is for .* of GAN .*; {instead}"):
        check_trainer(GAN(num_classes=2), asked)


def test_of_two_fits_that_choose_a_folder_one_has_it(tmp_path):
    settings = tmp_path / "version_0" / "config.yaml"
    claim(settings)
    with pytest.raises(UsageError, match=r"config.yaml exists already, from another fit"):
        claim(settings)


@pytest.fixture
def stopped(tmp_path):
    """A checkpoint of a GAN, fitted on the images of the fingerprint f."""
    path = tmp_path / "run" / "checkpoints" / "last.ckpt"
    path.parent.mkdir(parents=True)
    torch.save(plain_checkpoint(), path)
    return path


SAME = SimpleNamespace(fingerprint="f")


def test_a_run_goes_on_with_networks_of_its_own_shape(stopped):
    check_checkpoint(GAN(**SETTINGS), SAME, stopped)
    wider = GAN(**{**SETTINGS, "latent_dim": 5})
    with pytest.raises(UsageError, match=r"\(.*weight: 8 x 36 there, 8 x 37 here\): leave out"):
        check_checkpoint(wider, SAME, stopped)
    with pytest.raises(UsageError, match=r"VAE has with .*missing"):
        check_checkpoint(VAE(image_size=8, hidden=(8,), num_classes=2), SAME, stopped)


def test_a_run_goes_on_with_whatever_history_of_images_it_had():
    model, new = (CycleGAN(image_size=16, width=4, history=3) for _ in range(2))
    model.seen_first.exchange(torch.zeros(2, model.hparams["channels"], 16, 16))
    kept = model.state_dict()
    refuse_other_networks(new, kept, Path("last.ckpt"))
    new.load_state_dict(kept)
    assert new.seen_first.count == 2


def test_a_run_goes_on_with_its_own_images(stopped):
    with pytest.raises(UsageError, match=r"training images are not those that .*last.ckpt was"):
        check_checkpoint(GAN(**SETTINGS), SimpleNamespace(fingerprint="g"), stopped)


@pytest.mark.parametrize(
    ("devices", "batch_size", "remedy"),
    [
        (1, 64, None),
        (2, 32, None),
        (2, 64, "Set data.batch_size to 32, or"),
        (1, 32, "Set data.batch_size to 64, or"),
        (3, 64, "Use as many devices and the same batch size as before, or"),
    ],
)
def test_a_run_goes_on_with_as_many_images_in_a_batch(stopped, devices, batch_size, remedy):
    torch.save(plain_checkpoint() | {"images_per_batch": 64}, stopped)
    trainer, hparams = SimpleNamespace(world_size=devices), {"batch_size": batch_size}
    data = SimpleNamespace(fingerprint="f", trainer=trainer, hparams=hparams)
    if remedy is None:
        check_checkpoint(GAN(**SETTINGS), data, stopped)
    else:
        numbers = f"64 images per batch .* uses {devices * batch_size}, .*"
        with pytest.raises(UsageError, match=rf"{numbers}\. {remedy} start a new run"):
            check_checkpoint(GAN(**SETTINGS), data, stopped)


@pytest.mark.parametrize(("further", "lost"), [(7, True), (5, False), (3, False)])
def test_a_later_checkpoint_is_not_overwritten(stopped, further, lost):
    for name, batches in {"best.ckpt": 5, "last.ckpt": further}.items():
        done = {"epoch_loop.batch_progress": {"total": {"completed": batches}}}
        torch.save(plain_checkpoint() | {"loops": {"fit_loop": done}}, stopped.with_name(name))
    best = stopped.with_name("best.ckpt")
    if lost:
        with pytest.raises(UsageError, match=r"after 5 batches, .*overwritten, after 7: resume"):
            check_checkpoint(GAN(**SETTINGS), SAME, best)
    else:
        check_checkpoint(GAN(**SETTINGS), SAME, best)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("init_from", "init_from is runs/gan, and the run to resume has weights of its own: leave"),
        ("sizes", "sizes is runs/gan, and the run to resume has its size: leave sizes out, or"),
        ("default_root_dir", r"trainer.default_root_dir is runs/gan, and .* goes on in .*: leave"),
    ],
)
def test_what_a_resumed_run_can_not_take_up_is_refused(tmp_path, name, message):
    kept = {"init_from": "old", "sizes": [{"below_images": 9}]}
    root = {"default_root_dir": "here"}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({**kept, "trainer": root}))

    def settings(changed):
        trainer = {**root, **{k: v for k, v in changed.items() if k in root}}
        resume = str(tmp_path / "checkpoints" / "last.ckpt")
        given = {**kept, **changed, "resume": resume, "trainer": SimpleNamespace(**trainer)}
        return SimpleNamespace(**given)

    check_resumed(settings({}))
    with pytest.raises(UsageError, match=message):
        check_resumed(settings({name: "runs/gan"}))
