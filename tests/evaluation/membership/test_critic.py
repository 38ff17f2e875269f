"""Only the discriminator of the checkpoint that made a set can attack it."""

import json
from types import SimpleNamespace

import pytest
import torch

from ganaug.evaluation.evaluate import evaluate
from ganaug.evaluation.membership.attacker import critic_of
from ganaug.models.gan import GAN
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.training.checkpoints import sha256_of
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill
from helpers.plain_checkpoints import plain_checkpoint


@pytest.fixture
def run(tmp_path):
    """A run's folder with two checkpoints, the second of other weights."""
    folder = tmp_path / "run/checkpoints"
    folder.mkdir(parents=True)
    for name in ("best.ckpt", "last.ckpt"):
        content = plain_checkpoint()
        content["state_dict"] = GAN(**content["hyper_parameters"]).state_dict()
        torch.save(content, folder / name)
    return tmp_path / "run"


@pytest.fixture
def dataset(run, tmp_path):
    (tmp_path / "set/images/a").mkdir(parents=True)
    made = {"sha256": sha256_of(run / "checkpoints/last.ckpt")}
    (tmp_path / "set/manifest.json").write_text(
        json.dumps({"metadata_sha256": "", "checkpoint": made})
    )
    return SyntheticDataset.open(tmp_path / "set")


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def test_the_checkpoint_of_a_set_is_found_in_its_run(dataset, run):
    expected = torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
    found = critic_of(dataset, run)
    assert torch.equal(weights(found), torch.cat([v.flatten() for v in expected.values()]))
    assert found.judge(torch.zeros(3, 1, 8, 8), torch.tensor([0, 1, 0])).shape == (3,)
    again = critic_of(dataset, run / "checkpoints/last.ckpt")
    assert torch.equal(weights(again), weights(found))
    assert critic_of(dataset, None) is None
    assert {each.device.type for each in critic_of(dataset, run, "meta").parameters()} == {"meta"}


def test_another_checkpoint_is_refused(dataset, run, tmp_path):
    with pytest.raises(
        UsageError, match=r"`run` .*best\.ckpt holds no checkpoint that made this"
    ) as own:
        critic_of(dataset, run / "checkpoints/best.ckpt")
    assert str(own.value).endswith("this set; leave it out, or give the run that made it")
    with pytest.raises(UsageError, match=r"`run` .*none holds no checkpoint that made this set"):
        critic_of(dataset, tmp_path / "none")


def test_a_run_of_another_set_is_refused_before_real_images_are_read(tmp_path, monkeypatch):
    def too_early(*_):
        raise AssertionError

    monkeypatch.setattr("ganaug.evaluation.real_data.real_data", too_early)
    fill(tmp_path / "set/rose", 3)
    with pytest.raises(UsageError, match=r"`run` .*none holds no checkpoint that made this set"):
        evaluate(tmp_path / "set", run=tmp_path / "none")


def test_a_model_without_a_discriminator_is_refused(dataset, run, monkeypatch):
    without = SimpleNamespace(model=SimpleNamespace(sample=None))
    monkeypatch.setattr("ganaug.training.checkpoints.load", lambda *_: without)
    with pytest.raises(UsageError, match="has no discriminator that judges an image by itself"):
        critic_of(dataset, run)
