"""Samples of the right class agree, those of another do not, and no class can't."""

from types import SimpleNamespace

import pytest
import torch

from datamodules.mnist import MNISTDataModule
from ganaug.callbacks.class_agreement import ClassAgreement
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

pytestmark = pytest.mark.usefixtures("networks_of_the_module")


class Model:
    """Draws test images of the class that is asked for, or of one further on."""

    latent_dim, num_classes, device = 2, 10, torch.device("cpu")

    def __init__(self, data, further=0):
        self.images, self.labels = data.images("test")
        self.further, self.logged, self.asked = further, {}, []

    def sample(self, latents, labels=None):
        self.asked.append(labels)
        chosen = [
            torch.nonzero(self.labels == (label + self.further) % 10)[number % 20, 0]
            for number, label in enumerate(labels.tolist())
        ]
        return to_float(self.images[chosen])

    def log(self, name, value, **_):
        self.logged[name] = value


@pytest.fixture(scope="module")
def data():
    return MNISTDataModule(per_class=100, image_size=16)


def watched(data, model, epoch=0, **settings):
    trainer = SimpleNamespace(datamodule=data, current_epoch=epoch, callbacks=[])
    callback = ClassAgreement(**{"every_epochs": 1, "images": 200} | settings)
    callback.on_fit_start(trainer, model)
    callback.on_train_epoch_end(trainer, model)
    return model.logged


def test_images_of_the_class_agree(data):
    model = Model(data)
    logged = watched(data, model)
    assert logged["agreement/overall"] > 0.8
    assert logged["agreement/classes_read"] > 9
    by_class = {f"agreement_by_class/{digit}" for digit in range(10)}
    assert set(logged) == {"agreement/overall", "agreement/classes_read"} | by_class
    assert torch.cat(model.asked).bincount().tolist() == [20] * 10


def test_images_of_another_class_do_not(data):
    assert watched(data, Model(data, further=1))["agreement/overall"] < 0.2


def test_it_is_asked_when_it_is_due_alone(data):
    assert not watched(data, Model(data), every_epochs=0)
    assert not watched(data, Model(data), every_epochs=2)
    assert watched(data, Model(data), every_epochs=2, epoch=1)


def test_without_a_class_to_ask_for_there_are_no_curves(data):
    model = Model(data)
    model.num_classes = 0
    with pytest.warns(UserWarning, match="agreement: there are no curves of it"):
        assert not watched(data, model)


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"agreement\.images is 0"):
        ClassAgreement(images=0)
