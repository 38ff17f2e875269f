"""torchvision's automatic augmentations as an albumentations transform."""

from typing import Any

import albumentations
import numpy as np
import torch
from torchvision.transforms import InterpolationMode, v2


class AutomaticAugmentation(albumentations.ImageOnlyTransform):
    """A torchvision augmentation policy, reproducible from the random state of its `Compose`.

    Args:
        policy: A class of `torchvision.transforms.v2`: TrivialAugmentWide or RandAugment.
        p: Probability that an image is changed.

    Example:
        >>> change = AutomaticAugmentation("TrivialAugmentWide")
        >>> change(image=np.zeros((8, 8, 1), np.uint8))["image"].shape
        (8, 8, 1)
    """

    def __init__(self, policy: str, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.policy = policy
        self._change = getattr(v2, policy)(interpolation=InterpolationMode.BILINEAR)

    def get_params(self) -> dict[str, Any]:
        """Draw the seed for one image."""
        return {"seed": int(self.random_generator.integers(2**31))}

    def apply(self, img: np.ndarray, seed: int, **_: Any) -> np.ndarray:
        """Augment an image `[height, width, channels]` uint8."""
        pixels = torch.from_numpy(np.ascontiguousarray(img)).permute(2, 0, 1)
        # torchvision draws from torch's global random state, which other code depends on.
        with torch.random.fork_rng(devices=[]):
            # torch.manual_seed would also seed the GPUs, whose states are not restored.
            torch.default_generator.manual_seed(seed)
            changed = self._change(pixels)
        return np.ascontiguousarray(changed.permute(1, 2, 0).numpy())

    def get_transform_init_args_names(self) -> tuple[str, ...]:
        """Return the names of the constructor's arguments, for printing and saving."""
        return ("policy", "p")
