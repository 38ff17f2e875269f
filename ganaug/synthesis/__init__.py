"""Synthetic data sets: a plan, sources, filters, and a folder written atomically or resumed."""

import importlib
from typing import Any

# Public names by module. Modules are imported on first use, since most of them load torch.
_MODULES = {
    "dataset": ("SyntheticDataset",),
    "expansion": ("expand",),
    "filters.agreement": ("AgreementFilter",),
    "filters.discriminator": ("RealismFilter", "RejectionFilter"),
    "filters.duplicates": ("DuplicateFilter",),
    "filters.memorization": ("MemorizationFilter",),
    "filters.registry": ("register_filter",),
    "plan": ("Plan", "read_plan"),
    "sources.base": ("Batch", "image_seed"),
    "sources.classical": ("ClassicalSource",),
    "sources.diffusers": ("DiffusersSource",),
    "sources.generator": ("GeneratorSource", "check_classes"),
    "sources.real": ("RealImages", "RealSource"),
    "sources.real_file": ("RealFile",),
    "sources.registry": ("register_source",),
    "sources.smote": ("SmoteSource",),
    "sources.translator": ("TranslatorSource",),
    "sources.variations": ("VariationSource",),
    "strategy": ("images_by_class", "parse_strategy"),
    "trainer": ("plain_trainer",),
    "verification": ("verify",),
    "writer.naming": ("class_name_of", "folder_name"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
