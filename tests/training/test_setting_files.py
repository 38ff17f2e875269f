"""Settings of version 0.1.0 are read by today's names, and those of other packages as they are."""

import pytest
import yaml

from ganaug.training.setting_files import current, read_settings, renamed


@pytest.mark.parametrize("kind", ["ganaug.models.dcgan.DCGAN", "datamodules.mnist.MNISTDataModule"])
def test_settings_of_the_project_are_renamed(kind):
    old = {"clip": 1, "policy": "light", "width": 4}
    assert renamed(old, kind) == {"grad_clip": 1, "augmentation": "light", "width": 4}


def test_settings_of_another_package_keep_their_names():
    own = {"clip": 1, "policy": "light"}
    assert renamed(own, "mine.sngan.SNGAN") == own


def test_a_run_of_before_is_read_by_todays_names(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "film: {format: gif}\nhold_early: 2\nfidelity: {figures: [kid, overlap, auc]}\n"
        "model: {class_path: ganaug.models.gan.GAN, init_args: {critic_steps: 2}}\n"
    )
    expected = {
        "video": {"format": "gif"},
        "freeze_discriminator_layers": 2,
        "fidelity": {"metrics": ["kid", "prdc", "c2st"]},
        "model": {"class_path": "ganaug.models.gan.GAN", "init_args": {"n_critic": 2}},
    }
    assert read_settings(path) == expected
    assert yaml.safe_load(current(path).read_text()) == expected
    path.write_text(yaml.safe_dump(expected))
    assert current(path) == path
