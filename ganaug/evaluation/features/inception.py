"""Inception features: the network of the original FID."""

import hashlib
from pathlib import Path
from pickle import UnpicklingError
from urllib.error import URLError

import torch
from torch import Tensor, nn

from ganaug.evaluation.features.networks import TrainingReport
from ganaug.evaluation.metrics.result import PLAIN
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8
from ganaug.utils.user_errors import NO_MEMORY

WEIGHTS = "pt_inception-2015-12-05-6726825d.pth"
# First digits of the original file's SHA-256, which are also the end of its name.
ORIGINAL = "6726825d"


class InceptionFeatures(nn.Module):
    """The Inception network of FID (Heusel et al., 2017), from torchmetrics.

    Grayscale images are repeated to three channels. Images are resized to 299 px as in
    TensorFlow 1: with torchmetrics' antialiasing, features would differ by up to 41% from those of
    published FIDs.

    The name is `inception` only with the original weights, which papers use. Other names end with
    the first digits of the file's SHA-256.

    Args:
        weights: File with the weights; None uses torch's cache, or downloads into it.

    Raises:
        UsageError: The weights can't be downloaded, or the file is missing, damaged, or of another
            network.
    """

    side = 299
    num_features = 2048
    logits_mean_classes = True
    report: TrainingReport | None = None

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        self.name = PLAIN
        from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
        from torchmetrics.image.fid import NoTrainInceptionV3

        if weights is not None:
            self.name = _name_of(weights)
        try:
            self.network = NoTrainInceptionV3(
                name="inception-v3-compat",
                features_list=["2048", "logits_unbiased"],
                feature_extractor_weights_path=None if weights is None else str(weights),
                antialias=False,
            )
        except (URLError, OSError) as error:
            raise UsageError(
                f"Inception's weights can't be downloaded ({getattr(error, 'reason', error)}); "
                f"fetch {WEIGHTS} (github.com/mseitzer/pytorch-fid, release fid_weights) where "
                "there is a network and give `inception_weights`, or use features domain."
            ) from error
        except (RuntimeError, AttributeError, TypeError, EOFError, UnpicklingError) as error:
            if NO_MEMORY.search(str(error)):
                raise
            if weights is None:
                cached_file = Path(torch.hub.get_dir(), "checkpoints", Path(URL_INCEPTION_V3).name)
                raise UsageError(
                    f"{cached_file} is damaged; delete it to have it downloaded again"
                ) from error
            raise UsageError(
                f"{weights} is not the file of FID's Inception; that is called {WEIGHTS}."
            ) from error

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read images `[N, 1 or 3, S, S]` in [-1, 1]: features `[N, 2048]`, logits `[N, 1008]`."""
        pixels = to_uint8(images)
        if pixels.shape[1] == 1:
            pixels = pixels.expand(-1, 3, -1, -1)
        features, logits = self.network._torch_fidelity_forward(pixels)
        return features, logits

    def forward(self, images: Tensor) -> Tensor:
        """Return features `[N, 2048]`."""
        return self.features_and_logits(images)[0]


def _name_of(weights: Path) -> str:
    """Check a file of weights and return the network's name with them."""
    if not weights.is_file():
        raise UsageError(f"inception_weights {weights}: no such file; it is called {WEIGHTS}.")
    try:
        # torchmetrics' loader would run code in a pickle; `weights_only` refuses it.
        torch.load(weights, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise a dozen kinds of error
        raise UsageError(
            f"inception_weights {weights} is damaged or holds no weights; fetch {WEIGHTS} again."
        ) from error
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[: len(ORIGINAL)]
    return PLAIN if digest == ORIGINAL else f"{PLAIN}-{digest}"
