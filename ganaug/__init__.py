"""ganaug: fit a generative model on scarce images, expand the data set, test whether it helps.

Public names are imported on first use, so that `import ganaug` is fast.
"""

import importlib
from typing import Any

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
}
__all__ = [*_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
