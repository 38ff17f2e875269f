"""What is said of settings in files that there are not: the right name, and where it stands."""

import pytest
import yaml

from ganaug.models.cgan import CGAN
from ganaug.training.engine import fit_by_words
from ganaug.training.settings import takes_any
from ganaug.utils.errors import UsageError

MODEL, DATA = "ganaug.models.gan.GAN", "datamodules.mnist.MNISTDataModule"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"trainer": {"epochs": 1}},
            "no setting trainer.epochs; did you mean 'trainer.max_ep",
        ),
        ({"fidelity": {"every_epoch": 1}}, "'fidelity.every_epochs'"),
        ({"trainr": {"max_epochs": 1}}, "no setting trainr.max_epochs; did you mean 'trainer.max"),
        ({"batch_size": 3}, "no setting batch_size; did you mean 'data.batch_size'"),
        ({"epochs": 3}, "no setting epochs; did you mean 'trainer.max_epochs'"),
        (
            {"data": {"class_path": DATA, "init_args": {"batchsize": 3}}},
            "no setting data.batchsize; did you mean 'data.batch_size'",
        ),
        (
            {"model": {"class_path": MODEL, "init_args": {"batch_size": 3}}},
            "no setting model.batch_size; did you mean 'data.batch_size'",
        ),
        (
            {"model": {"class_path": MODEL, "init_args": {"max_epochs": 3}}},
            "no setting model.max_epochs; did you mean 'trainer.max_epochs'",
        ),
        (
            {"data": {"class_path": DATA, "init_args": {"epochs": 3}}},
            "no setting data.epochs; did you mean 'trainer.max_epochs'",
        ),
        (
            {"model": {"class_path": MODEL, "init_args": "auto"}},
            "model.init_args is auto; write the settings below it as NAME: VALUE",
        ),
        (
            {"data": {"class_path": DATA, "init_args": [1, 2]}},
            r"data.init_args is \[1, 2\]; write the settings below it",
        ),
        (
            {"model": {"class_path": MODEL, "latent_dim": 3}},
            "model.latent_dim stands next to class_path; settings of a class stand in model.init_",
        ),
        (
            {"model": {"class_path": MODEL, "dict_kwargs": {"latent_dmi": 3}}},
            r"a\.yaml: model\.dict_kwargs: there is no setting model\.latent_dmi; did you mean "
            r"'model\.latent_dim'\?\nchoices: ",
        ),
        (
            {"data": {"class_path": DATA, "dict_kwargs": {"batchsize": 3}}},
            r"a\.yaml: data\.dict_kwargs: .* data\.batchsize; did you mean 'data\.batch_size'",
        ),
        (
            {"model": {"class_path": MODEL, "dict_kwargs": [1]}},
            r"a\.yaml: model\.dict_kwargs is \[1\]; write the settings below it as NAME: VALUE",
        ),
        ({"dict_kwargs": {"x": 3}}, r"a\.yaml: dict_kwargs stands by itself; write it below model"),
        ({"print_config": True}, r"a\.yaml: print_config is no setting of a fit; leave it out"),
        ({"config": "b.yaml"}, "config is no setting of a fit; leave it out, and give several"),
        ({"model": [1]}, r"a\.yaml: model is \[1\]; write class_path and init_args below it"),
        ({"model": {"class_path": 3}}, r"model\.class_path is 3; write the path of a class, such"),
        ({"model": {"classpath": MODEL}}, "model has classpath; did you mean 'class_path'"),
        ({"data": {"class_path": DATA, "init_arg": {}}}, "data has init_arg; did you mean 'init_a"),
        ({"model": "gan"}, f"model is gan; write its class path, model: {MODEL}"),
        ({"model": "gann"}, "model 'gann' is not one of .*; did you mean 'gan'"),
        ({"data": "mnist"}, f"data is mnist; write its class path, data: {DATA}"),
        (
            {"sizes": [{"below_images": 3, "model.latent_dmi": 3}]},
            "sizes: there is no setting model.latent_dmi; did you mean 'model.latent_dim'",
        ),
        ({"sizes": [{"below_image": 3}]}, "sizes has below_image; did you mean 'below_images'"),
    ],
)
def test_a_wrong_name_in_a_file_is_refused_with_the_right_one(changes, message, tmp_path):
    settings = {"model": {"class_path": MODEL}, "data": {"class_path": DATA}, **changes}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(UsageError, match=message):
        fit_by_words(["--config", str(tmp_path / "a.yaml")])


class Open:
    """Takes settings of any name."""

    def __init__(self, width: int = 3, **others: int) -> None: ...


def test_only_a_class_that_takes_any_setting_is_passed_others():
    assert takes_any(Open)
    assert not takes_any(CGAN)  # its keywords are those of GAN
    assert not takes_any(None)
