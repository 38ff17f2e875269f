"""Convolutions next to the image that fold 2 x 2 pixels into channels where that is faster.

With one or two channels, oneDNN is slow for the amount of arithmetic, most of all in the backward
pass. The same sums over four times the channels and a quarter of the pixels take 0.6 times as long
for the first layer of a `dcgan` of 32 px, forward and backward (bfloat16, one core).
"""

from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class HalvingConvolution(nn.Conv2d):
    """A convolution that halves the sides: kernel 4, stride 2, padding 1; weights as `nn.Conv2d`.

    Args:
        inside: Channels of the input, few.
        outside: Channels of the output.

    Attributes:
        folds: Whether pixels are folded on a CPU; on other devices they never are.
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(inside, outside, 4, stride=2, padding=1)
        self.folds = True

    def forward(self, images: Tensor) -> Tensor:
        """Map `[N, inside, 2S, 2S]` to `[N, outside, S, S]`."""
        if not self.folds or images.device.type != "cpu":
            return super().forward(images)
        folded = folded_in_fours(pad(images, (1, 1, 1, 1)))
        return conv2d(folded, folded_in_fours(self.weight), self.bias)


class DoublingConvolution(nn.ConvTranspose2d):
    """A transposed convolution that doubles the sides: weights as `nn.ConvTranspose2d`.

    Args:
        inside: Channels of the input.
        outside: Channels of the output, few.

    Attributes:
        folds: See `HalvingConvolution`.
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(inside, outside, 4, stride=2, padding=1)
        self.folds = True

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Map `[N, inside, S, S]` to `[N, outside, 2S, 2S]`."""
        if not self.folds or maps.device.type != "cpu" or output_size is not None:
            return super().forward(maps, output_size)
        # A transposed convolution equals an ordinary one with the kernel rotated.
        kernel = folded_in_fours(self.weight).flip(2, 3).transpose(0, 1)
        spread = unfolded(conv2d(maps, kernel, padding=1))[:, :, 1:-1, 1:-1]
        return spread if self.bias is None else spread + self.bias.view(-1, 1, 1).to(spread.dtype)


def folded_in_fours(images: Tensor) -> Tensor:
    """Fold 2 x 2 pixels into channels: `[N, C, 2H, 2W]` to `[N, 4C, H, W]`.

    The result is in channels-last layout, which takes one copy; `pixel_unshuffle` uses another
    order of channels and takes two.
    """
    count, channels, height, width = images.shape
    squares = images.permute(0, 2, 3, 1).reshape(count, height // 2, 2, width // 2, 2, channels)
    return squares.transpose(2, 3).flatten(3).permute(0, 3, 1, 2)


def unfolded(maps: Tensor) -> Tensor:
    """Unfold channels into 2 x 2 pixels: the inverse of `folded_in_fours`."""
    squares = maps.permute(0, 2, 3, 1).unflatten(3, (2, 2, -1)).transpose(2, 3)
    return squares.flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)
