"""Augmentation: every image its own draw, within its bounds, edges continued, gradients through."""

import pytest
import torch

from ganaug.training.discriminator_augmentation import (
    COLOR,
    GEOMETRY,
    PLACE,
    random_affine,
    random_brightness,
    random_contrast,
    random_cutout,
    random_flip,
    random_quarter_turn,
    random_saturation,
    random_translation,
    sometimes,
)


def blob(count, row=4, column=4, side=9):
    images = torch.full((count, 1, side, side), -1.0)
    images[:, :, row, column] = 1.0
    return images


def centers(images):
    mass = (images[:, 0] + 1) / (images[:, 0] + 1).sum(dim=(1, 2), keepdim=True)
    places = torch.arange(images.shape[-1]).float()
    return torch.stack([(mass.sum(dim=2) * places).sum(1), (mass.sum(dim=1) * places).sum(1)], 1)


def test_each_image_is_moved_by_its_own_and_within_bounds():
    torch.manual_seed(0)
    moved = centers(random_affine(blob(500), shift=2, rotation=0, scaling=0)) - 4
    assert 1.9 < moved.abs().max() <= 2.0001
    assert len(moved.round(decimals=4).unique(dim=0)) == 500
    assert moved.mean(dim=0).abs().max() < 0.15


def test_turning_keeps_the_distance_to_the_middle():
    torch.manual_seed(0)
    moved = centers(random_affine(blob(500, row=7), shift=0, rotation=30, scaling=0)) - 4
    torch.testing.assert_close(moved.norm(dim=1), torch.full((500,), 3.0), atol=0.15, rtol=0)
    degrees = torch.rad2deg(torch.atan2(moved[:, 1], moved[:, 0]))
    assert 28 < degrees.abs().max() < 31.5
    assert (degrees < 0).any()


def test_scaling_keeps_the_direction():
    torch.manual_seed(0)
    moved = centers(random_affine(blob(500, row=7), shift=0, rotation=0, scaling=0.2)) - 4
    assert moved[:, 1].abs().max() < 0.01
    assert moved[:, 0].max() == pytest.approx(3.6, abs=0.15)
    assert moved[:, 0].min() == pytest.approx(2.4, abs=0.15)


def test_edges_are_continued():
    torch.manual_seed(0)
    light = torch.ones(20, 3, 8, 8)
    torch.testing.assert_close(random_affine(light, shift=3, rotation=40, scaling=0.3), light)


def test_gradients_flow_and_nothing_is_nothing():
    images = torch.randn(3, 1, 5, 5, requires_grad=True)
    assert random_affine(images, shift=0, rotation=0, scaling=0) is images
    random_affine(images, shift=1, rotation=5, scaling=0.1).sum().backward()
    assert images.grad.abs().sum() > 0


def test_places_are_exact_under_autocast():
    images = torch.randn(4, 1, 128, 128)
    torch.manual_seed(0)
    exact = random_affine(images, shift=4, rotation=20, scaling=0.2)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        under = random_affine(images, shift=4, rotation=20, scaling=0.2)
    torch.testing.assert_close(under, exact)


OPERATIONS = (*COLOR, *PLACE, *GEOMETRY)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_every_operation_keeps_the_shape_draws_for_each_image_and_passes_gradients(
    operation, channels
):
    torch.manual_seed(0)
    one = torch.rand(1, channels, 12, 12) * 2 - 1
    images = one.expand(40, -1, -1, -1).clone().requires_grad_()
    changed = operation(images)
    assert changed.shape == images.shape
    changed.sum().backward()
    assert images.grad.abs().sum() > 0
    gray_saturation = operation is random_saturation and channels == 1
    assert (len(changed.detach().unique(dim=0)) > 1) != gray_saturation


def test_colors_by_hand():
    torch.manual_seed(0)
    images = torch.rand(500, 3, 4, 4) * 2 - 1
    lighter = (random_brightness(images) - images).flatten(1)
    torch.testing.assert_close(lighter, lighter[:, :1].expand_as(lighter), atol=1e-5, rtol=0)
    assert -0.5 <= lighter.min() < -0.45
    assert 0.45 < lighter.max() <= 0.5
    contrasted = random_contrast(images)
    torch.testing.assert_close(contrasted.mean(dim=(1, 2, 3)), images.mean(dim=(1, 2, 3)))
    share = contrasted.std(dim=(1, 2, 3)) / images.std(dim=(1, 2, 3))
    assert 0.5 <= share.min() < 0.55
    assert 1.45 < share.max() <= 1.5001
    grays = random_saturation(images).mean(dim=1)
    torch.testing.assert_close(grays, images.mean(dim=1))


def test_places_by_hand():
    torch.manual_seed(0)
    light = torch.ones(300, 1, 16, 16)
    gone = (random_cutout(light) == 0).sum(dim=(1, 2, 3))
    assert gone.max() == 64  # eight by eight of sixteen, where the square is wholly inside
    shifted = random_translation(blob(500, row=8, column=8, side=16) + 1)
    places = shifted.flatten(1).argmax(1)
    assert {(p // 16 - 8).item() for p in places} == set(range(-2, 3))
    assert (random_translation(light) == 0).any()


def test_flips_and_turns_are_exact():
    torch.manual_seed(0)
    image = torch.rand(1, 1, 5, 5)
    for operation, expected in (
        (random_flip, [image, image.flip(3)]),
        (random_quarter_turn, [image.rot90(k, dims=(2, 3)) for k in range(4)]),
    ):
        seen = operation(image.expand(60, -1, -1, -1)).unique(dim=0)
        wanted = torch.cat(expected).unique(dim=0)
        assert torch.equal(seen, wanted)


def test_sometimes():
    torch.manual_seed(0)
    images = torch.ones(1000, 1, 2, 2)
    changed = sometimes(lambda x: -x, images, 0.3)[:, 0, 0, 0] < 0
    assert 0.25 < changed.float().mean() < 0.35
    assert torch.equal(sometimes(lambda x: -x, images, 0.0), images)
