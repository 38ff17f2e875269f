"""R3GAN's networks at the start, and what is refused."""

import pytest
import torch

from ganaug.models.r3gan import R3GAN
from ganaug.utils.errors import UsageError


def model(**settings):
    return R3GAN(**{"image_size": 8, "width": 4, "blocks": 1, "latent_dim": 4, **settings})


def test_at_the_start_blocks_pass_on_what_comes_in():
    discriminator = model().game.discriminator
    block = next(m for m in discriminator.modules() if type(m).__name__ == "BottleneckBlock")
    features = torch.randn(2, block.layers[0].in_channels, 4, 4)
    assert torch.equal(block(features), features)


def test_variance_is_kept_on_the_way():
    torch.manual_seed(0)
    fitted = R3GAN(image_size=64, channels=3, width=16, blocks=2)
    images = fitted.game.generator(torch.randn(64, 64))
    assert 0.2 < images.std() < 2


def test_what_is_refused():
    with pytest.raises(UsageError, match="size 'tpu' is not one of cpu, gpu"):
        model(size="tpu")
    with pytest.raises(UsageError, match=r"^penalty is -1\.0; it must be 0 or more"):
        model(penalty=-1.0)
