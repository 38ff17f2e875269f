"""Converting weights of a conditional model for an unconditional one, and the reverse."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from datamodules.reading.folders.class_names import find_name
from ganaug.networks.conditioning import ClassInput, ClassPlane, ProjectionLogit
from ganaug.networks.fast import ClassNorm
from ganaug.networks.projected import MapDiscriminator
from ganaug.networks.unet import TimeAndClassEmbedding

# Returns a weight of the fitted model by its name in the new model.
Find = Callable[[str], Tensor | None]
# Returns the mean of the rows of the classes that the new model is fitted on.
Mean = Callable[[Tensor], Tensor]


def converted(
    model: nn.Module, find: Find, fitted_classes: Sequence[str], new_classes: Sequence[str]
) -> dict[str, Tensor]:
    """Return a new model's weights if only one of the two models is conditional.

    An unconditional model starts from the fitted model's weights for the class of the same name, or
    the mean of all classes if there is none. In a conditional model, every class starts from the
    fitted model's weights.

    Args:
        model: The new model.
        find: Returns a weight of the fitted model by name.
        fitted_classes: Class names of the fitted model.
        new_classes: Class names of the new model.

    Returns:
        Weights by their names in the new model; empty if both models are conditional, or neither.
    """

    def mean(rows: Tensor) -> Tensor:
        return mean_row(rows, fitted_classes, new_classes)

    weights: dict[str, Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, ClassNorm):
            weights |= dict(_norm(name, module, find, mean))
        elif isinstance(module, ProjectionLogit):
            weights |= dict(
                _summand(f"{name}.embedding", module.embedding, f"{name}.linear.weight", find, mean)
            )
        elif isinstance(module, TimeAndClassEmbedding):
            weights |= dict(
                _summand(f"{name}.classes", module.classes, f"{name}.layers.2.bias", find, mean)
            )
        elif isinstance(module, MapDiscriminator):
            weights |= dict(_head(name, module, find, mean))
        elif isinstance(module, ClassInput | ClassPlane):
            network = name.rpartition(".")[0]
            for weight in _weights(model, network):
                weights |= dict(_inputs(name, weight, module, find, mean))
    return weights


def mean_row(rows: Tensor, fitted_classes: Sequence[str], new_classes: Sequence[str]) -> Tensor:
    """Return the mean row of the new classes, or of all classes if none of them was fitted.

    Example:
        >>> mean_row(torch.tensor([[1.0], [3.0]]), ["rose", "tulip"], ["tulip"])
        tensor([3.])
        >>> mean_row(torch.tensor([[1.0], [3.0]]), ["rose", "tulip"], ["daisy"])
        tensor([2.])
    """
    matching = [
        i for i, name in enumerate(fitted_classes) if find_name(name, new_classes) is not None
    ]
    return (rows[matching] if matching and len(rows) == len(fitted_classes) else rows).mean(dim=0)


def _norm(name: str, module: ClassNorm, find: Find, mean: Mean) -> Iterator[tuple[str, Tensor]]:
    """Yield gains and biases: one row per class, or a single one for plain batch norm."""
    for rows, shared in (("gain.weight", "norm.weight"), ("bias.weight", "norm.bias")):
        of_classes, of_all = find(f"{name}.{rows}"), find(f"{name}.{shared}")
        embedding = module.gain
        if embedding is None and of_classes is not None:
            yield f"{name}.{shared}", mean(of_classes)
        elif embedding is not None and of_all is not None:
            yield f"{name}.{rows}", of_all.expand(embedding.num_embeddings, -1)


def _summand(
    embedding: str, table: nn.Embedding | None, weight: str, find: Find, mean: Mean
) -> Iterator[tuple[str, Tensor]]:
    """Yield the weight that embeddings are added to, plus their mean; or embeddings of zeros."""
    rows, base = find(f"{embedding}.weight"), find(weight)
    if table is None and rows is not None and base is not None:
        yield weight, base + mean(rows)
    elif table is not None and rows is None and base is not None:
        yield f"{embedding}.weight", torch.zeros_like(table.weight)


def _head(
    name: str, module: MapDiscriminator, find: Find, mean: Mean
) -> Iterator[tuple[str, Tensor]]:
    """Yield the logit's direction plus the mean class direction, each normalized."""
    end = "parametrizations.weight.original"
    rows, base = find(f"{name}.embedding.{end}"), find(f"{name}.logit.{end}")
    if module.embedding is None and rows is not None and base is not None:
        added = mean(rows / torch.linalg.matrix_norm(rows, 2))
        yield f"{name}.logit.{end}", base / base.norm() + added.view(1, -1, 1, 1)


def _inputs(
    name: str, layer: tuple[str, Tensor], module: ClassInput | ClassPlane, find: Find, mean: Mean
) -> Iterator[tuple[str, Tensor]]:
    """Yield a layer's weights without its last inputs, which hold the class; or append zeros."""
    rows, fitted_weight, table = find(f"{name}.embedding.weight"), find(layer[0]), module.embedding
    shorter, longer = (layer[1], fitted_weight) if table is None else (fitted_weight, layer[1])
    if (table is None) == (rows is None) or shorter is None or longer is None:
        return
    vectors = rows if table is None else table.weight
    extra = 1 if isinstance(module, ClassPlane) else 0 if vectors is None else vectors.shape[1]
    width = shorter.shape[1] if shorter.ndim > 1 else 0
    if longer.shape != (*shorter.shape[:1], width + extra, *shorter.shape[2:]):
        return
    if table is not None:
        yield layer[0], torch.cat([shorter, torch.zeros_like(longer[:, width:])], dim=1)
        return
    yield layer[0], longer[:, :width]
    biases = layer[0].removesuffix("weight") + "bias"
    if isinstance(module, ClassInput) and rows is not None and (bias := find(biases)) is not None:
        yield biases, bias + longer[:, width:] @ mean(rows)


def _weights(model: nn.Module, network: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of the layers in one of the model's networks."""
    for name, weight in model.get_submodule(network).named_parameters():
        if weight.ndim > 1:
            yield f"{network}.{name}", weight
