"""The classifier that `advise` stores answers as the tested one did."""

import json
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load, save

from datamodules.reading.images.reader import ImageReader
from ganaug.evaluation.advice.output.classifier import (
    card_of,
    load_classifier,
    new_network,
    weights_of,
)
from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers
from ganaug.evaluation.utility.classifiers import answers
from ganaug.evaluation.utility.linear_head import LinearHead
from ganaug.evaluation.utility.sampling import DataMix, Images
from ganaug.evaluation.utility.spread import class_means
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from helpers.quick_advice import data_of
from helpers.quick_classifiers import LINEAR, linear


def test_the_stored_classifier_is_the_first_of_the_test(advised, photos):
    images, labels = data_of(photos).images("test")
    with torch.no_grad():
        right = advised.classifier(linear)(images).argmax(dim=1) == labels
    measured = class_means(right.numpy(), labels.numpy()).mean()
    assert measured == pytest.approx(advised.tested[advised.recommended].accuracies[0])
    assert advised.classifier(linear).card["balanced_accuracy"] == pytest.approx(measured)


def test_the_classifier_takes_uint8_and_float_alike(advised, photos):
    images = data_of(photos).images("test")[0][:5]
    classifier = advised.classifier(linear)
    from_bytes, from_floats = classifier(images), classifier(images / 127.5 - 1)
    assert torch.allclose(from_bytes, from_floats, atol=1e-5)
    files = data_of(photos).paths("test")[:5]
    assert torch.equal(classifier.read(files), images)


def test_a_function_of_the_users_is_called_only_if_the_user_gives_it(advised):
    with pytest.raises(UsageError, match=rf"build: the classifier is {LINEAR}"):
        advised.classifier()
    with pytest.raises(UsageError, match=r"does not fit the classifier"):
        advised.classifier(lambda *shape: torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(2, 3, 16, 16), r"images are 2 x 3 x 16 x 16; the classifier takes N x 1 x 16"),
        (torch.full((2, 1, 16, 16), 200.0), r"float from -1 to 1"),
        (torch.zeros(2, 1, 16, 16, dtype=torch.long), r"uint8 from 0 to 255"),
    ],
)
def test_images_of_another_form_are_refused(images, message, photos_classifier):
    with pytest.raises(UsageError, match=message):
        photos_classifier(images)


@pytest.fixture
def photos_classifier(advised):
    classifier = advised.classifier(linear)
    classifier.card |= {"channels": 1, "image_size": 16}
    return classifier


@pytest.mark.parametrize("name", ["small", "imagenet", "resnet18"])
def test_each_kind_of_classifier_is_stored_and_restored(name, tmp_path):
    images = torch.randint(256, (8, 3, 32, 32), dtype=torch.uint8)
    labels = torch.tensor([0, 1] * 4)
    (chosen,) = chosen_classifiers(name, images, Wish(size=32))
    real = Images(images, labels)
    nothing = Images(images[:0], labels[:0])
    trainer = ArmTrainer(chosen.build(nothing), real, nothing, num_classes=2)
    network = trainer.trained([(DataMix(), 1)], seed=0)
    content = save(weights_of(network))
    (tmp_path / "classifier.safetensors").write_bytes(content)
    data = SimpleNamespace(
        class_names=("a", "b"), channels=3, reader=ImageReader(32, 3), image_size=32
    )
    card = card_of(chosen, data, content)
    (tmp_path / "classifier.json").write_text(json.dumps(card))
    found = load_classifier(tmp_path)
    with torch.no_grad():
        assert torch.allclose(found(images), answers(network, images), atol=1e-4)
    if name == "imagenet":
        assert set(load(content)) == {f"head.{each}" for each in LinearHead._fields}
    assert new_network(card).train()(to_float(images)).shape == (8, 2)


def test_a_new_head_is_all_that_is_trained():
    images = torch.randint(256, (2, 3, 32, 32), dtype=torch.uint8)
    (chosen,) = chosen_classifiers("imagenet", images, Wish(size=32))
    data = SimpleNamespace(class_names=("a", "b"), channels=3, reader=ImageReader(32, 3))
    network = new_network(card_of(chosen, data, b"")).train()
    before = {name: each.clone() for name, each in network.state_dict().items()}
    network(to_float(images)).sum().backward()
    changed = [n for n, each in network.state_dict().items() if not torch.equal(each, before[n])]
    assert not changed
    assert [n for n, each in network.named_parameters() if each.requires_grad] == [
        "head.weight",
        "head.bias",
    ]
