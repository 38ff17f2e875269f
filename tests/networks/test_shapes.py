"""Networks give the shapes and ranges they promise, and refuse what does not fit."""

import pytest
import torch

from ganaug.networks.classifying import FeatureClassifier
from ganaug.networks.conditioning import ClassPlane, ProjectionLogit, conditioned_classes
from ganaug.networks.convolutional import (
    ConvolutionalDiscriminator,
    ConvolutionalGenerator,
    Flattened,
)
from ganaug.networks.mlp import MLPDiscriminator, MLPGenerator
from ganaug.networks.sizes import channel_widths, doublings
from ganaug.networks.translation import PatchDiscriminator, TranslationGenerator
from ganaug.utils.errors import UsageError

LABELS = torch.tensor([0, 1, 2])


def condition(classes):
    return (LABELS,) if classes else ()


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize(("size", "channels"), [(28, 1), (32, 3), (64, 3), (48, 1)])
def test_convolutional_networks(size, channels, classes):
    shape = {"image_size": size, "channels": channels, "num_classes": classes, "width": 4}
    images = ConvolutionalGenerator(latent_dim=5, **shape)(torch.randn(3, 5), *condition(classes))
    assert images.shape == (3, channels, size, size)
    assert images.abs().max() <= 1
    logits = ConvolutionalDiscriminator(**shape)(images, *condition(classes))
    assert logits.shape == (3,)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_flattening_hands_the_gradient_back_in_the_layout_of_the_features(layout):
    torch.manual_seed(0)
    features = torch.randn(3, 4, 5, 6).contiguous(memory_format=layout).requires_grad_()
    weights = torch.randn(3, 4 * 5 * 6)
    flat = Flattened()(features)
    assert torch.equal(flat, features.flatten(1))
    (gradient,) = torch.autograd.grad((flat * weights).sum(), features)
    assert torch.equal(gradient, weights.view_as(features))
    assert gradient.is_contiguous(memory_format=layout)
    assert not Flattened()(features.detach()).requires_grad


@pytest.mark.parametrize("classes", [0, 3])
def test_mlp_networks(classes):
    shape = {"image_size": 9, "channels": 3, "num_classes": classes}
    generator = MLPGenerator(latent_dim=5, hidden=[8, 6], **shape)
    images = generator(torch.randn(3, 5), *condition(classes))
    assert images.shape == (3, 3, 9, 9)
    assert images.abs().max() <= 1
    assert MLPDiscriminator(hidden=[8], **shape)(images, *condition(classes)).shape == (3,)


def test_labels_change_what_a_conditional_generator_draws():
    torch.manual_seed(0)
    generator = ConvolutionalGenerator(
        latent_dim=5, width=4, channels=1, image_size=28, num_classes=3
    ).eval()
    latents = torch.randn(1, 5).expand(3, 5)
    images = generator(latents, LABELS)
    assert not torch.allclose(images[0], images[1])


@pytest.mark.parametrize("class_input", ["plane", "projection", "both"])
def test_labels_change_what_a_conditional_discriminator_says(class_input):
    torch.manual_seed(0)
    shape = {"width": 4, "channels": 1, "image_size": 28, "num_classes": 3}
    discriminator = ConvolutionalDiscriminator(class_input=class_input, **shape).eval()
    logits = discriminator(torch.randn(1, 1, 28, 28).expand(3, -1, -1, -1), LABELS)
    assert logits[0] != logits[1]


def test_the_plane_is_a_channel_of_the_class():
    plane = ClassPlane(num_classes=3, image_size=8)
    images = torch.randn(3, 2, 8, 8)
    seen = plane(images, LABELS)
    assert torch.equal(seen[:, :2], images)
    assert torch.equal(seen[1, 2], plane.embedding.weight[1].view(8, 8))
    with pytest.raises(
        UsageError, match="class_input 'bias' is not one of plane, projection, both"
    ):
        ConvolutionalDiscriminator(width=4, channels=1, image_size=28, class_input="bias")


def test_unconditional_networks_refuse_labels():
    generator = MLPGenerator(latent_dim=5, hidden=[8], channels=1, image_size=8)
    with pytest.raises(TypeError, match="unconditional network was handed labels"):
        generator(torch.randn(3, 5), LABELS)


def test_projection_adds_the_product_with_the_class_vector():
    head, features = ProjectionLogit(4, num_classes=3), torch.randn(3, 4)
    by_hand = [
        (head.linear.weight[0] @ f + head.linear.bias + head.embedding.weight[y] @ f).item()
        for f, y in zip(features, LABELS, strict=True)
    ]
    torch.testing.assert_close(head(features, LABELS), torch.tensor(by_hand))


@pytest.mark.parametrize(
    ("size", "expected"), [(28, (7, 2)), (32, (4, 3)), (64, (4, 4)), (96, (6, 4))]
)
def test_doublings(size, expected):
    assert doublings(size) == expected


@pytest.mark.parametrize(("size", "near"), [(50, "48 and 56"), (30, "28 and 32"), (7, "8 and 10")])
def test_sizes_that_do_not_fit_name_the_nearest(size, near):
    with pytest.raises(UsageError, match=f"image_size {size} .* {near}"):
        doublings(size)


def test_widths_double_up_to_eight_times():
    assert channel_widths(16, 5) == [16, 32, 64, 128, 128]


@pytest.mark.parametrize(
    ("conditional", "classes", "expected"),
    [("auto", 10, 10), ("auto", 1, 0), ("auto", 0, 0), (False, 10, 0), (True, 2, 2)],
)
def test_conditioned_classes(conditional, classes, expected):
    assert conditioned_classes(conditional, classes) == expected


def test_conditional_needs_two_classes():
    with pytest.raises(UsageError, match="the data has 1 class"):
        conditioned_classes(True, 1)


def test_dropout_in_training_alone():
    torch.manual_seed(0)
    settings = {"hidden": [64], "image_size": 4, "channels": 1}
    network, images = MLPDiscriminator(dropout=0.5, **settings), torch.randn(5, 1, 4, 4)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))
    plain = MLPDiscriminator(**settings)
    assert torch.equal(plain(images), plain(images))


def test_a_classifier_gives_logits_and_features_and_is_noisy_in_training_alone():
    settings = {"width": 4, "features": 7, "noise": 0.5, "dropout": 0.0}
    network = FeatureClassifier(channels=3, image_size=16, num_classes=5, **settings)
    images = torch.randn(2, 3, 16, 16)
    logits, features = network(images)
    assert (logits.shape, features.shape) == ((2, 5), (2, 7))
    assert not torch.equal(network(images)[0], logits)
    network.eval()
    assert torch.equal(network(images)[0], network(images)[0])


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (64, 3)])
def test_translation_keeps_the_shape_and_patches_are_judged(size, channels):
    images = torch.rand(2, channels, size, size) * 2 - 1
    generator = TranslationGenerator(channels=channels, image_size=size, width=4, blocks=1)
    turned = generator(images)
    assert turned.shape == images.shape
    assert turned.abs().max() <= 1
    logits = PatchDiscriminator(channels=channels, width=4, halvings=2)(turned)
    assert logits.shape == (2, (size // 4 - 2) ** 2)


def test_a_patch_sees_no_further_than_it_says():
    torch.manual_seed(0)
    for halvings, patch in ((1, 16), (2, 34)):
        network = PatchDiscriminator(channels=1, width=4, halvings=halvings)
        # Norms see the whole image; without them only the patch counts.
        layers = [each for each in network.layers if not isinstance(each, torch.nn.InstanceNorm2d)]
        images = torch.randn(1, 1, 64, 64, requires_grad=True)
        judged = torch.nn.Sequential(*layers)(images)
        judged[0, 0, judged.shape[2] // 2, judged.shape[3] // 2].backward()
        seen = (images.grad[0, 0].abs().sum(dim=1) > 0).sum().item()
        assert seen == patch
