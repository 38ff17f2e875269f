"""Facts about a set from another program, in place of a manifest."""

from typing import Any

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError


def real_of(
    dataset: SyntheticDataset, data: Any, data_root: str | None, image_size: int | None
) -> Any:
    """Return the data module of the real images; None if the set's manifest names them.

    Raises:
        UsageError: Real images are given although the manifest names them, or are unknown.
    """
    if dataset.card is None and data is not None:
        from ganaug.evaluation.real_data import real_data

        return real_data(dataset, data, data_root, image_size)
    for name, value in {"data": data, "image_size": image_size}.items():
        if value is not None:
            raise UsageError(
                f"`{name}` {value} is only for sets without known real images, and this set's "
                "manifest.json names them; leave it out (give `data_root`, if they have moved)"
            )
    try:
        dataset.required_manifest()
    except UsageError as error:
        raise UsageError(f"{error}; or name the real images by `data`") from error
    return None


def foreign_facts(dataset: SyntheticDataset, data: Any) -> dict[str, Any]:
    """Return the known facts of a manifest.

    Args:
        dataset: The set, with the classes and size of the real images.
        data: The data module of the real images.
    """
    from ganaug.evaluation.utility.classifiers import Images
    from ganaug.evaluation.utility.material import identity_of

    return {
        "sources": {"folder": {}},
        **(dataset.manifest or {}),
        "class_names": list(data.class_names),
        "counts": {"synthetic": dataset.counts, "real": {}},
        "metadata_sha256": identity_of(dataset, Images(dataset.images, dataset.labels)),
        "card": {
            "class_counts": dict(data.class_counts),
            "image_size": data.image_size,
            "channels": data.channels,
            "fingerprint": data.fingerprint,
        },
    }
