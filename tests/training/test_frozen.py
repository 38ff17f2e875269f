"""Frozen weights, which no checkpoint holds: a run goes on with its own alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torchvision

from ganaug.callbacks.data_card import DataCard
from ganaug.models.dcgan import DCGAN
from ganaug.models.projected import Projected
from ganaug.training.checkpoints import CARD_KEY, load
from ganaug.training.checks import check_checkpoint
from ganaug.training.frozen import FROZEN_KEY, frozen_sha256
from ganaug.training.transfer import start
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import plain_checkpoint

SAME_IMAGES = SimpleNamespace(fingerprint="f")


def backbone(file, seed):
    torch.manual_seed(seed)
    torch.save(torchvision.models.resnet18().state_dict(), file)


def model(file):
    settings = {"image_size": 8, "latent_dim": 4, "width": 4, "discriminator_width": 4}
    return Projected(backbone="resnet18", backbone_weights=str(file), **settings)


@pytest.fixture
def files(tmp_path):
    """A checkpoint, and the file of its frozen weights."""
    file, path = tmp_path / "resnet18.pt", tmp_path / "last.ckpt"
    backbone(file, seed=1)
    fitted = model(file)
    content = plain_checkpoint()
    card = {**content[CARD_KEY], "model": "ganaug.models.projected.Projected"}
    content = {"state_dict": fitted.state_dict(), "hyper_parameters": dict(fitted.hparams)}
    data = SimpleNamespace(card=lambda: card)
    DataCard().on_save_checkpoint(SimpleNamespace(datamodule=data, callbacks=[]), fitted, content)
    torch.save(content, path)
    return path, file


def test_a_run_goes_on_with_its_own_frozen_weights(files):
    path, file = files
    check_checkpoint(model(file), SAME_IMAGES, path)
    backbone(file, seed=2)
    with pytest.raises(UsageError, match=r"frozen network .* are not those that"):
        check_checkpoint(model(file), SAME_IMAGES, path)


def test_checkpoints_of_earlier_versions_hold_no_hash_and_are_resumed(files):
    path, file = files
    content = torch.load(path, weights_only=True)
    del content[CARD_KEY][FROZEN_KEY]
    torch.save(content, path)
    backbone(file, seed=2)
    check_checkpoint(model(file), SAME_IMAGES, path)


def test_other_frozen_weights_are_said_when_a_fit_starts_from_a_run_and_when_it_is_loaded(
    files, capsys
):
    path, file = files
    settings = SimpleNamespace(init_from=str(path), resume=None, freeze_discriminator_layers=0)
    for seed, said in ((1, False), (2, True)):
        backbone(file, seed)
        start(model(file), settings)
        assert ("the discriminator has to learn from other maps" in capsys.readouterr().out) == said
        load(path)
        assert ("samples are the same, but not what" in capsys.readouterr().out) == said


def test_missing_frozen_weights_are_not_taken_for_others(files, capsys):
    path, file = files
    file.unlink()
    assert frozen_sha256(load(path).model) is None
    assert capsys.readouterr().out == ""


def test_the_hash_is_that_of_the_file_and_not_of_this_machine(files, tmp_path):
    _, file = files
    copy = Path(tmp_path / "copy.pt")
    state = torch.load(file, weights_only=True)
    torch.save(dict(reversed(state.items())), copy)
    assert frozen_sha256(model(file)) == frozen_sha256(model(copy))


def test_models_without_a_frozen_network_have_no_hash():
    assert frozen_sha256(DCGAN(image_size=8, width=4)) is None
