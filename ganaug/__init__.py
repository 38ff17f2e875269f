"""ganaug: fit a generative model on scarce images, expand the data set, test whether it helps.

Public names are imported on first use, so that `import ganaug` is fast.
"""

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for completion; `_PUBLIC` has the same names
    from datamodules.augmentation import register_augmentation as register_augmentation
    from datamodules.errors import DataError as DataError
    from datamodules.errors import UsageError as UsageError
    from datamodules.image_folder import ImageFolderDataModule
    from datamodules.mnist import MNISTDataModule
    from datamodules.unpaired_folders import UnpairedFoldersDataModule
    from ganaug.evaluation.advice.output.usable import load_advice as load_advice
    from ganaug.evaluation.advice.result import Advice as Advice
    from ganaug.evaluation.evaluate import evaluate as evaluate
    from ganaug.evaluation.labelling import label as label
    from ganaug.evaluation.metrics.registry import register_metric as register_metric
    from ganaug.evaluation.metrics.result import MetricResult as MetricResult
    from ganaug.evaluation.result import Evaluation as Evaluation
    from ganaug.evaluation.utility.run import utility as utility
    from ganaug.evaluation.utility.study import Study as Study
    from ganaug.models.registry import register_data as register_data
    from ganaug.models.registry import register_model as register_model
    from ganaug.reporting.advice import advise as advise
    from ganaug.reporting.latent_space.explore import explore as explore
    from ganaug.reporting.report import write_report as write_report
    from ganaug.reporting.sections import register_section as register_section
    from ganaug.synthesis.dataset import SyntheticDataset as SyntheticDataset
    from ganaug.synthesis.filters.registry import register_filter as register_filter
    from ganaug.synthesis.importing import import_dataset as import_dataset
    from ganaug.synthesis.oversampling import GANOverSampler as GANOverSampler
    from ganaug.synthesis.publish import publish as publish
    from ganaug.synthesis.sources.registry import register_source as register_source
    from ganaug.synthesis.synthesize import synthesize as synthesize
    from ganaug.training.checkpoints import load as load
    from ganaug.training.engine import fit as fit
    from ganaug.training.run import Run as Run
    from ganaug.training.stop_signals import RunStoppedError as RunStoppedError

    ImageFolder = ImageFolderDataModule
    MNIST = MNISTDataModule
    UnpairedFolders = UnpairedFoldersDataModule

_PUBLIC = {
    "ImageFolder": "datamodules.image_folder:ImageFolderDataModule",
    "MNIST": "datamodules.mnist:MNISTDataModule",
    "UnpairedFolders": "datamodules.unpaired_folders:UnpairedFoldersDataModule",
    "fit": "ganaug.training.engine:fit",
    "Run": "ganaug.training.run:Run",
    "load": "ganaug.training.checkpoints:load",
    "synthesize": "ganaug.synthesis.synthesize:synthesize",
    "SyntheticDataset": "ganaug.synthesis.dataset:SyntheticDataset",
    "import_dataset": "ganaug.synthesis.importing:import_dataset",
    "publish": "ganaug.synthesis.publish:publish",
    "GANOverSampler": "ganaug.synthesis.oversampling:GANOverSampler",
    "evaluate": "ganaug.evaluation.evaluate:evaluate",
    "Evaluation": "ganaug.evaluation.result:Evaluation",
    "MetricResult": "ganaug.evaluation.metrics.result:MetricResult",
    "utility": "ganaug.evaluation.utility.run:utility",
    "Study": "ganaug.evaluation.utility.study:Study",
    "advise": "ganaug.reporting.advice:advise",
    "Advice": "ganaug.evaluation.advice.result:Advice",
    "load_advice": "ganaug.evaluation.advice.output.usable:load_advice",
    "label": "ganaug.evaluation.labelling:label",
    "write_report": "ganaug.reporting.report:write_report",
    "explore": "ganaug.reporting.latent_space.explore:explore",
    "register_model": "ganaug.models.registry:register_model",
    "register_data": "ganaug.models.registry:register_data",
    "register_metric": "ganaug.evaluation.metrics.registry:register_metric",
    "register_filter": "ganaug.synthesis.filters.registry:register_filter",
    "register_source": "ganaug.synthesis.sources.registry:register_source",
    "register_augmentation": "datamodules.augmentation:register_augmentation",
    "register_section": "ganaug.reporting.sections:register_section",
    "UsageError": "datamodules.errors:UsageError",
    "DataError": "datamodules.errors:DataError",
    "RunStoppedError": "ganaug.training.stop_signals:RunStoppedError",
}
# Without imbalanced-learn, `from ganaug import *` and `help` would fail on its subclass.
__all__ = [name for name in _PUBLIC if name != "GANOverSampler" or find_spec("imblearn")]


def _refuse_hidden() -> None:
    """Refuse a package of the user's that hides ours of the same name."""
    spec = find_spec("datamodules")
    folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
    # Not resolved: some installers link each file to a cache.
    if spec and not any(x.parent.samefile(Path(__file__).parents[1]) for x in folders):
        raise ImportError(
            f"{folders[0] if folders else spec.origin} hides the package `datamodules` of ganaug; "
            "rename yours, or take the folder that holds it off Python's path"
        )


_refuse_hidden()


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
