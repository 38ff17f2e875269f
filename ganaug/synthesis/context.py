"""Context: the model, settings and real images that sources and filters are built from."""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.diffusion import DiffusionSettings
from ganaug.synthesis.real_folders import (
    card_without_data,
    card_without_model,
    data_without_model,
    folder_like,
)
from ganaug.synthesis.sources.real import RealImages
from ganaug.synthesis.sources.real_file import files_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ganaug.evaluation.features.imagenet import FeaturesName
    from ganaug.synthesis.sources.base import ImageSource
    from ganaug.synthesis.sources.real_file import RealFile
    from ganaug.synthesis.writer.files import FormatName
    from ganaug.training.checkpoints import Card, Checkpoint

# More images barely change a threshold, and take memory.
ENOUGH_HELD_OUT = 5000
T = TypeVar("T")


class Context:
    """The model, settings and real images for sources and filters; images are read when needed.

    Args:
        checkpoint: The fitted model; None for methods that only need real images, which then come
            from `sources` or `data_root`.
        seed: Seed of the images.
        truncation: Largest absolute value in a latent; None for no limit.
        strength: How far `variations` moves latents; None for its default.
        inversion_steps: Steps in which `variations` inverts an image; None for its default.
        augmentation: Name or file of the augmentation for `albumentations`.
        sources: Folder of images to start from instead of those of the fit.
        data_root: Where the images of the fit are now, if they have moved.
        filters: Filters and their numbers.
        filter_features: Features in which filters compare images: domain, imagenet or lite2.
        resize_real: Whether added real images are resized to the model's size.
        real_format: Format to which files of real images are converted; None keeps their own.
        image_size: Side of the images in pixels, without a model; by default as in a fit.
        diffusion: Settings of the method `diffusers`.
        folder: Images of another program, for the method `folder`.
        device: Device of the filters' networks.

    Attributes:
        built: The sources of the plan, once `build_sources` has built them.
        fingerprint: Hash of the real images, once they are read.

    Raises:
        UsageError: `sources` is given for a model that can't use other classes, `image_size` is
            given with a model, or the location of the real images is unknown.
    """

    def __init__(
        self,
        checkpoint: "Checkpoint | None",
        *,
        seed: int = 0,
        truncation: float | None = None,
        strength: float | None = None,
        inversion_steps: int | None = None,
        augmentation: str = "light",
        sources: str | None = None,
        data_root: str | None = None,
        filters: Mapping[str, float | None] | None = None,
        filter_features: "FeaturesName" = "domain",
        resize_real: bool = False,
        real_format: "FormatName | None" = None,
        image_size: int | None = None,
        diffusion: DiffusionSettings = DiffusionSettings(),  # noqa: B008 - it is frozen
        folder: str | None = None,
        device: "torch.device | str" = "cpu",
    ) -> None:
        self.checkpoint = checkpoint
        self.card: Card
        self.seed, self.truncation, self.augmentation = seed, truncation, augmentation
        self.strength, self.inversion_steps = strength, inversion_steps
        self.sources, self.data_root = sources, data_root
        self.filters, self.filter_features = dict(filters or {}), filter_features
        self.resize_real, self.real_format, self.diffusion = resize_real, real_format, diffusion
        self.built: list[ImageSource] = []
        self.fingerprint: str | None = None
        self._once: dict[str, Any] = {}
        self.model: Any = None
        self.folder, self.device = folder, device
        self.has_real = not (checkpoint is None and folder and not data_root)
        if not self.has_real:
            self.card = card_without_data(SyntheticDataset.open(str(folder)), image_size)
            return
        if checkpoint is None:
            self.data = data_without_model(sources or data_root, image_size)
            self.fingerprint = self.data.fingerprint
            self.card = card_without_model(self.data)
            return
        self.model, self.card = checkpoint.model, checkpoint.card
        if image_size is not None:
            raise UsageError(
                f"image_size is {image_size}, and images of the model have {self.card.image_size} "
                "pixels; leave it out"
            )
        if sources and not getattr(self.model, "keeps_classes", False):
            raise UsageError(
                f"`sources`: {self.card.model} does not make images of any class given; that "
                "takes a model such as dagan, or none, and the method albumentations or diffusers"
            )

    def once(self, key: str, build: Callable[[], T]) -> T:
        """Return the cached result of `build` for a key, calling it on first use."""
        if key not in self._once:
            self._once[key] = build()
        return self._once[key]

    def build_sources(self, methods: Iterable[str]) -> "list[ImageSource]":
        """Build the sources of a plan, for filters to find in `built`.

        Raises:
            UsageError: One can't be built.
        """
        from ganaug.synthesis.own_parts import build_source

        self.built = [build_source(method, self) for method in methods]
        return self.built

    @cached_property
    def data(self) -> Any:
        """The data module of the fit, or of `sources` if given."""
        from ganaug.training.fitted import data_of

        if not self.has_real:
            raise UsageError(
                "the real images are not known; give them as `data_root`, or a checkpoint that was "
                "fitted on them"
            )
        if self.sources:
            data = folder_like(self.card, self.sources)
        else:
            data = data_of(self.card, self.data_root)
        self.fingerprint = data.fingerprint
        if not self.sources and self.fingerprint != self.card.fingerprint:
            print(
                "warning: the real images are not the ones that the checkpoint was fitted on; "
                "the manifest records both fingerprints",
                file=sys.stderr,
            )
        return data

    @cached_property
    def images(self) -> RealImages:
        """The training images."""
        images, labels = self.data.images("train")
        return RealImages(images, labels, self.data.names("train"))

    @property
    def real_files(self) -> "list[RealFile | None]":
        """The file of each training image; empty if the data module reads no files."""
        reader = getattr(self.data, "reader", None)
        return files_of(self.data.paths("train"), reader) if reader else []

    @property
    def counts(self) -> dict[str, int]:
        """Number of real images by class, in `sources` if given, or else in the data of the fit."""
        return dict(self.data.class_counts if self.sources else self.card.class_counts)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        return tuple(self.data.class_names) if self.sources else self.card.class_names

    @cached_property
    def foreign(self) -> SyntheticDataset:
        """The images of the method `folder`, with the classes, size and channels of the real ones.

        Raises:
            UsageError: There is no folder, or its classes don't match.
        """
        if self.folder is None:
            raise UsageError("`sources` is missing; give `method` folder and the folder it reads")
        return SyntheticDataset.open(self.folder).like(self.card)

    @property
    def imported_networks(self) -> tuple[str, ...]:
        """Pretrained networks that helped to train the models behind the folder's images."""
        return () if self.folder is None else self.foreign.trained_with

    @cached_property
    def network(self) -> Any:
        """The filters' feature network and classifier, trained on the real images and cached."""
        from ganaug.evaluation.features.domain import network_of

        return network_of(self.data, "gate", self.device)

    @cached_property
    def map_network(self) -> Any:
        """The network whose feature maps filters compare."""
        from ganaug.evaluation.features.imagenet import ImageNetFeatures

        if self.filter_features == "domain":
            return self.network
        return ImageNetFeatures(self.filter_features).to(self.device)

    @cached_property
    def held_out(self) -> "Tensor":
        """Real images for the filters' thresholds; no network was trained on them."""
        from ganaug.evaluation.held_out import to_choose_by

        return to_choose_by(self.data, ENOUGH_HELD_OUT).images
