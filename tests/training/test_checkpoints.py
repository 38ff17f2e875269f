"""Loading refuses what is damaged, foreign or carries code, each with a reason."""

import errno
import random
from unittest.mock import Mock

import pytest
import torch

from ganaug.training.checkpoints import CARD_KEY, load, sha256_of
from ganaug.training.fitted import data_of
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import SETTINGS, Payload, plain_checkpoint


@pytest.fixture
def content():
    return plain_checkpoint()


@pytest.fixture
def saved(tmp_path):
    def save(content):
        torch.save(content, tmp_path / "a.ckpt")
        return tmp_path / "a.ckpt"

    return save


@pytest.mark.parametrize("per_class", [0, 2.5, -1])
def test_a_number_of_samples_is_a_whole_one(content, saved, per_class):
    with pytest.raises(UsageError, match=f"per_class is {per_class}; "):
        load(saved(content)).sample(per_class)


def test_a_checkpoint_gives_a_sampler_and_its_card(content, saved):
    path = saved(content)
    loaded = load(path)
    assert loaded.card.class_counts == {"a": 3, "b": 5}
    assert loaded.card.data["class_path"] == "datamodules.mnist.MNISTDataModule"
    assert loaded.sha256 == sha256_of(path)
    assert loaded.model.sample(torch.zeros(2, 4), torch.tensor([0, 1])).shape == (2, 1, 8, 8)


def test_a_checkpoint_shows_its_model_and_data_instead_of_every_layer(content, saved):
    path = saved(content)
    name = content[CARD_KEY]["model"].rpartition(".")[2]
    assert repr(load(path)) == f"Checkpoint({name}, 2 class(es), 8 px, 1 channel(s), '{path}')"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        UsageError, match=r"holds no checkpoints/best\.ckpt and no checkpoints/last"
    ):
        load(tmp_path)
    with pytest.raises(UsageError, match=r"there is no checkpoint .*nowhere\.ckpt"):
        load(tmp_path / "nowhere.ckpt")


@pytest.mark.parametrize("keep", [0, 10, 1000])
def test_a_truncated_file_is_refused(content, saved, keep):
    path = saved(content)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UsageError, match=r"a\.ckpt is damaged"):
        load(path)


def test_code_in_a_checkpoint_is_not_run(content, saved, tmp_path):
    path = saved({**content, "extra": Payload()})
    with pytest.raises(UsageError, match="carries code and is refused"):
        load(path)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("model", ["os.system", "ganaug.cli.tool.run_tool", "torch.nn.Linear"])
def test_a_class_outside_the_models_is_refused(content, saved, model):
    content[CARD_KEY]["model"] = model
    with pytest.raises(UsageError, match=f"needs the model '{model}', which is not registered"):
        load(saved(content))


def test_a_model_that_is_not_there_is_named(content, saved):
    content[CARD_KEY]["model"] = "ganaug.models.other.Other"
    with pytest.raises(UsageError, match=r"needs the model 'ganaug\.models\.other\.Other'"):
        load(saved(content))


def test_what_a_model_s_file_imports_is_no_model(content, saved):
    for name in ("ganaug.models.gan.TwoPlayerModel", "ganaug.models.vae.seed_step"):
        content[CARD_KEY]["model"] = name
        with pytest.raises(UsageError, match=f"needs the model '{name}', which is not registered"):
            load(saved(content))


def test_weights_that_do_not_fit_are_refused(content, saved):
    content["hyper_parameters"] = {**SETTINGS, "latent_dim": 5}
    with pytest.raises(UsageError, match=r"does not fit this version of ganaug.*size mismatch"):
        load(saved(content))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("zipped", [True, False])
def test_altered_bytes_are_a_line_of_ours_or_harmless(content, tmp_path, zipped):
    path, rng = tmp_path / "a.ckpt", random.Random(0)
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    whole, said = path.read_bytes(), []
    for _ in range(150):
        spoiled = bytearray(whole)
        for _ in range(3):
            spoiled[rng.randrange(3000)] = rng.randrange(256)
        path.write_bytes(spoiled)
        try:
            load(path)
        except UsageError as error:
            said.append(str(error))
    assert len(said) > 75
    assert not [line for line in said if "\n" in line]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "there is not enough memory"),
    ],
)
def test_a_file_that_cant_be_read_says_so(content, saved, monkeypatch, error, reason):
    path = saved(content)
    monkeypatch.setattr(torch, "load", Mock(side_effect=error))
    with pytest.raises(UsageError, match=rf"a\.ckpt can't be read: {reason}"):
        load(path)


def test_memory_that_torch_lacks_is_no_damage(content, saved, monkeypatch):
    path, error = saved(content), RuntimeError("DefaultCPUAllocator: can't allocate memory")
    monkeypatch.setattr(torch, "load", Mock(side_effect=error))
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        load(path)


def test_a_checkpoint_of_another_program_is_refused(content, saved):
    del content[CARD_KEY]
    with pytest.raises(UsageError, match="holds no ganaug card"):
        load(saved(content))
    with pytest.raises(UsageError, match="holds a list, not a fitted model"):
        load(saved([1, 2]))


@pytest.mark.parametrize("model", ["nn", "torch", "Any", "__file__", "__loader__", "nn.Linear"])
def test_what_a_model_imports_is_no_model(content, saved, model):
    content[CARD_KEY]["model"] = f"ganaug.models.gan.{model}"
    with pytest.raises(UsageError, match=r"is not registered|does not fit"):
        load(saved(content))


@pytest.mark.parametrize(
    "class_path",
    [
        *(
            "os.system",
            "datamodules.reading.scan.os",
            "datamodules.reading.images.image.Path",
            "datamodules",
            "",
            None,
        ),
        *("datamodules.augmentation.load_augmentation", "datamodules.mnist.nothing"),
    ],
)
def test_data_that_is_no_data_module_is_not_built(content, saved, class_path):
    content[CARD_KEY] |= {"class_path": class_path, "init_args": {"command": "touch executed"}}
    with pytest.raises(UsageError, match="which is not registered"):
        data_of(load(saved(content)).card, None)


def test_data_with_settings_of_another_version_takes_a_line(content, saved):
    content[CARD_KEY]["init_args"] = {"wheels": 4}
    with pytest.raises(UsageError, match=r"MNISTDataModule do not fit this version .*wheels"):
        data_of(load(saved(content)).card, None)
