"""The pyramid takes images apart and puts them together again."""

import pytest
import torch

from ganaug.models.lapgan import LAPGAN, pyramid_sides
from ganaug.networks.pyramid import ResidualGenerator, pyramid_of, upsampled
from ganaug.utils.errors import UsageError


def test_a_real_image_comes_back_exactly():
    images = torch.rand(3, 3, 64, 64, dtype=torch.float64) * 2 - 1
    rebuilt, steps = pyramid_of(images, 3)
    assert rebuilt.shape == (3, 3, 8, 8)
    for residual, base in steps:
        torch.testing.assert_close(upsampled(rebuilt), base, rtol=0, atol=1e-13)
        rebuilt = base + residual
    torch.testing.assert_close(rebuilt, images, rtol=0, atol=1e-13)


def test_the_coarse_image_is_the_mean_of_its_pixels():
    images = torch.rand(2, 1, 16, 16)
    coarse, _ = pyramid_of(images, 2)
    assert coarse[0, 0, 1, 2].item() == pytest.approx(images[0, 0, 4:8, 8:12].mean().item())


@pytest.mark.parametrize("classes", [0, 3])
def test_residuals_have_the_images_shape(classes):
    generator = ResidualGenerator(image_size=16, channels=3, width=4, num_classes=classes)
    condition = (torch.tensor([0, 2]),) if classes else ()
    coarse = torch.randn(2, 3, 16, 16)
    assert generator(torch.randn(2, 256), coarse, *condition).shape == coarse.shape


def test_sides():
    assert pyramid_sides(64, 8) == [8, 16, 32, 64]
    with pytest.raises(UsageError, match=r"image_size 48 is not the coarsest 8 px .* 32 or 64"):
        pyramid_sides(48, 8)
    with pytest.raises(UsageError, match="image_size 8 is not"):
        pyramid_sides(8, 8)


def test_samples_of_the_levels_add_up():
    model = LAPGAN(image_size=32, coarsest=8, channels=1, width=4)
    latents = torch.randn(2, model.latent_dim)
    coarse, *planes = latents.split(model.latent_dims, dim=1)
    images = model.averaged[0](coarse)
    for level, noise in zip(model.averaged[1:], planes, strict=True):
        base = upsampled(images)
        images = base + level(noise, base)
    torch.testing.assert_close(model.sample(latents), images.clamp(-1, 1))
