"""The settings of a fit in Python become the words that the command line gives."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from datamodules.mnist import MNISTDataModule
from ganaug.models.dcgan import DCGAN
from ganaug.models.gan import GAN
from ganaug.training.given import end_chosen
from ganaug.training.model_and_data import data_for
from ganaug.training.words import words_of
from ganaug.utils.errors import UsageError


def words(model="gan", data=None, seed=None, resume=None, fit_settings=None, **settings):
    return words_of(
        model, data, seed=seed, resume=resume, fit_settings=fit_settings or {}, settings=settings
    )[0]


@pytest.fixture
def run(tmp_path):
    """A run of seed 7, as far as its settings go."""
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/last.ckpt").write_bytes(b"")
    text = "seed_everything: 7\nmodel:\n  class_path: ganaug.models.gan.GAN\n"
    (tmp_path / "config.yaml").write_text(text)
    return tmp_path


def test_a_resumed_run_keeps_its_seed(run):
    data = MNISTDataModule(per_class=16)
    assert words(None, data, resume=run)[-2:] == ["--seed_everything", "7"]
    assert data.hparams["seed"] == 7
    assert words(None, data, seed=3, resume=run)[-1] == str(data.hparams["seed"]) == "3"
    with pytest.raises(UsageError, match="data has the seed 5, and the run to resume has 7"):
        words(None, MNISTDataModule(seed=5), resume=run)


def test_a_model_that_is_built_is_refused(run):
    built = object.__new__(GAN)
    for more in ({}, {"resume": run}):
        with pytest.raises(UsageError, match=r"model is an instance of GAN, .* give its class or"):
            words(built, **more)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_in_the_place_of_data_is_told_what_opens_it(kind, tmp_path):
    with pytest.raises(UsageError, match=rf"of images: ganaug.ImageFolder\('{tmp_path}'\)"):
        words("gan", kind(tmp_path))
    with pytest.raises(UsageError, match="'photos' is not one of"):
        words("gan", kind("photos"))


def test_what_turns_a_callback_off_is_said():
    with pytest.raises(UsageError, match=r'fidelity is False; .*such as {"every_epochs": 0} to'):
        words("gan", fidelity=False)


def test_a_run_of_another_model_is_not_resumed(run):
    assert words("gan", resume=run) == words(None, resume=run) == words(GAN, resume=run)
    for model in ("dcgan", DCGAN):
        with pytest.raises(
            UsageError, match=r"model .*dcgan.* and resume '.*' name two models, and"
        ):
            words(model, resume=run)


def test_paths_times_and_numpys_numbers_are_settings_like_text():
    given = words(
        "projected",
        fit_settings={"budget": timedelta(minutes=10), "threads": np.int64(2)},
        default_root_dir=Path("out"),
        max_time=timedelta(hours=1),
        max_epochs=np.int64(3),
        backbone_weights=Path("net.pth"),
        latent_dim=np.int64(8),
        fidelity={"every_epochs": np.int64(2), "metrics": np.array(["fid"])},
    )
    as_text = words(
        "projected",
        fit_settings={"budget": "10m", "threads": 2},
        default_root_dir="out",
        max_time="1h",
        max_epochs=3,
        backbone_weights="net.pth",
        latent_dim=8,
        fidelity={"every_epochs": 2, "metrics": ["fid"]},
    )
    assert given == as_text
    assert end_chosen(words(max_time=timedelta(hours=1))) == ["--budget", "null"]
    assert words(data=MNISTDataModule(batch_size=np.int64(4))) == words(
        data=MNISTDataModule(batch_size=4)
    )


def test_a_setting_of_the_data_says_where_it_goes():
    told = r"is a setting of the data: give fit a data module, such as ganaug\.MNIST\(…, "
    for name, value in {"batch_size": 4, "image_size": 1, "channels": 3}.items():
        for data in (None, "mnist", MNISTDataModule()):
            with pytest.raises(UsageError, match=rf"^{name} {told}{name}={value}\)$"):
                words("dcgan", data, **{name: value})
    with pytest.raises(UsageError, match=r"ganaug\.ImageFolder\(…, fit='pad'\)"):
        words("dcgan", "image_folder", fit="pad")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("batchsize", "batch_size"), ("bugdet", "budget"), ("epochs", "max_epochs")],
)
def test_suggestions_know_settings_of_data_fit_and_trainer(wrong, meant):
    with pytest.raises(UsageError, match=f"there is no setting {wrong}; did you mean '{meant}'"):
        words("dcgan", **{wrong: 1})
    with pytest.raises(UsageError) as caught:
        words("dcgan", **{wrong: 1})
    assert "num_classes" not in str(caught.value)  # the model takes it from the data


def test_a_setting_that_no_text_can_give_is_named():
    with pytest.raises(UsageError, match=r"latent_dim is <object .*>; give text, a path, a time"):
        words(latent_dim=object())
    with pytest.raises(UsageError, match=r"grid.columns is <object"):
        words(grid={"columns": object()})


def test_the_seed_of_the_data_is_that_of_the_fit():
    assert words()[-1] == "0"
    assert words(data=MNISTDataModule(seed=5))[-2:] == ["--seed_everything", "5"]
    with pytest.raises(UsageError, match="data has the seed 5, and the fit has 6"):
        words(data=MNISTDataModule(seed=5), seed=6)
    assert data_for("gan", MNISTDataModule(per_class=9, seed=5)).hparams["seed"] == 0
    data = MNISTDataModule()
    for seed in (1, 2):
        assert words(data=data, seed=seed)[-1] == str(data.hparams["seed"]) == str(seed)
