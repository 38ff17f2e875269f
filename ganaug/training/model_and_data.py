"""Which models `advise` can fit on given data, and with which batches."""

import io
from contextlib import redirect_stdout
from typing import Any

from ganaug.models.registry import choose, class_of, config_of, models
from ganaug.protocols import Classifier, Sampler
from ganaug.training.checks import check_data
from ganaug.training.setting_files import read_settings
from ganaug.utils.errors import UsageError
from ganaug.utils.pretrained import is_installed

AUTO = "auto"
PHOTOGRAPHS, OTHERS = "projected", "dagan"


def chosen_model(name: str, channels: int, *, parameter: str) -> str:
    """Return the name of a registered model; auto means projected for color images, else dagan.

    Args:
        name: Name of a model, or auto.
        channels: Channels of the images, 1 or 3.
        parameter: Name of the argument, for the error.

    Raises:
        UsageError: There is no such model.

    Example:
        >>> chosen_model("auto", channels=1, parameter="fit")
        'dagan'
    """
    choose(parameter, name, [AUTO, *models()])
    if name != AUTO:
        return name
    return PHOTOGRAPHS if channels == 3 and is_installed("lite0") else OTHERS


def data_for(model: str, data: Any, **settings: Any) -> Any:
    """Return a copy of the data module with the batches that the model's configuration requires.

    The copy takes the seed of the fit that it is passed to.

    Args:
        model: Name of a registered model.
        data: A data module.
        settings: Further settings of the data module.
    """
    arguments = {**data.card()["init_args"]}
    arguments |= {"seed": 0} if "seed" in arguments else {}
    config = _settings_of(model).get("data", {}).get("init_args", {})
    batches = {name: value for name, value in config.items() if name in arguments}
    rebuilt = type(data)(**{**arguments, **batches, **settings})
    # The notes about these images were printed when they were first read.
    with redirect_stdout(io.StringIO()):
        _ = rebuilt.num_classes
    return rebuilt


def labeled_alone(data: Any) -> dict[str, Any]:
    """Return the settings that make a data module skip its unlabeled images."""
    arguments = data.card()["init_args"]
    # labels_per_class keeps the labels of the images that the same per_class would choose.
    count = arguments.get("labels_per_class")
    fewer = {} if count is None else {"labels_per_class": None, "per_class": count}
    return fewer if arguments.get("unlabelled") is None else {**fewer, "unlabelled": None}


def names_classes(model: str) -> bool:
    """Return whether a model classifies images, and so also learns from unlabeled ones."""
    return issubclass(class_of(models()[model]), Classifier)


def check_model(model: str, data: Any) -> None:
    """Refuse a model that can't learn from this data, or can't generate images of a class.

    Args:
        model: Name of a registered model.
        data: Data module, as returned by `data_for`.

    Raises:
        UsageError: The model can't; the message says why, or what to fit instead.
        DataError: There are too few images.
    """
    shape = {name: getattr(data, name) for name in ("image_size", "channels", "num_classes")}
    settings = _settings_of(model).get("model", {}).get("init_args", {})
    network = class_of(models()[model])(**{**settings, **shape})
    check_data(network, data)
    if isinstance(network, Sampler) and not network.num_classes and not names_classes(model):
        raise UsageError(f"it can't generate images of a given class; fit {OTHERS} or r3gan")


def _settings_of(model: str) -> dict[str, Any]:
    config = config_of(model)
    return read_settings(config) if config else {}
