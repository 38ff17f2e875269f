"""Paths of an advice's images, which are stored without home folders and resolved on reading."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.reading.tables.table_files import is_pattern
from ganaug.evaluation.advice.result import FILE
from ganaug.synthesis.manifest import card_for, card_of
from ganaug.synthesis.writer.remote import is_address
from ganaug.utils.errors import UsageError
from ganaug.utils.places import absolute, known_from, remember, remembered

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset


def with_places(facts: Mapping[str, Any], sets: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Return the facts of an advice with image paths relative to its folder.

    Paths that would reveal a home folder are shortened to their last part, and remembered on this
    machine.

    Args:
        facts: Facts with the card of the real images as `data`.
        sets: Data sets of further images by name.
        out: The folder of the advice.
    """
    entries = card_for({"data": facts["data"]}, out)
    locations = {name: dataset.place_from(out / FILE) for name, dataset in sets.items()}
    hidden = [name for name, location in locations.items() if not _exists(location, out)]
    remembered_paths = {name: absolute(sets[name].results_folder) for name in hidden}
    labeled, tables = _labelled_by(sets, out)
    new_facts = {**facts, "data": entries.pop("card")["data"], **entries, "labelled_by": labeled}
    new_facts["folders"] = {**locations, **{name: name for name in hidden}}
    if remembered_paths or tables:
        remember(_identity(new_facts), remembered_paths | tables)
    return new_facts


def _labelled_by(
    sets: Mapping[str, Any], out: Path
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return the source of each set's classes, and the paths of tables to remember by `_key`."""
    sources, hidden = {}, {}
    for name, dataset in sets.items():
        source = dict(getattr(dataset, "labelled_by", {}))
        if "labels" in source and not is_pattern(source["labels"]):
            table = source.pop("labels")
            source["table"] = known_from(table, out)
            if not _exists(source["table"], out):
                hidden[_key(name)] = table
        if source:
            sources[name] = source
    return sources, hidden


def data_card_of(facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the card of the real images with resolved paths."""
    return card_of({**facts, "card": {"data": facts["data"]}}, folder)["data"]


def sets_of(
    facts: Mapping[str, Any], folder: Path, names: Collection[str]
) -> dict[str, "SyntheticDataset"]:
    """Return sets of further images by name, with the classes from the advice.

    Args:
        facts: Facts of the advice.
        folder: Folder of the advice.
        names: Names of the sets to open, which may have to be downloaded.

    Raises:
        UsageError: A set or its table is missing.
    """
    from ganaug.synthesis.dataset import SyntheticDataset

    datasets = {}
    for name, location in facts["folders"].items():
        if name not in names:
            continue
        path = _locate(f"the set {name}", location, name, facts, folder)
        # Earlier versions lack this entry.
        options = dict(facts.get("labelled_by", {}).get(name, {}))
        if "table" in options:
            description = f"the table of the set {name}"
            options["labels"] = _locate(
                description, options.pop("table"), _key(name), facts, folder
            )
        datasets[name] = (
            SyntheticDataset.from_folder(path, **options)
            if options
            else SyntheticDataset.open(path)
        )
    return datasets


def _locate(
    description: str, location: str, key: str, facts: Mapping[str, Any], folder: Path
) -> str:
    """Return the current place of a set or table: its path, or the one this machine remembers."""
    path = location if is_address(location) else str(folder / location)
    if not _exists(location, folder):
        path = remembered(_identity(facts)).get(key, path)
    if not is_address(path) and not Path(path).exists():
        raise UsageError(f"{description} is not at {path}; move it there, or run advise again")
    return path


def _key(name: str) -> str:
    """Return the key of a set's remembered table; names of sets have no slash."""
    return f"{name}/labels"


def _exists(location: str, folder: Path) -> bool:
    return is_address(location) or (folder / location).exists()


def _identity(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"folders": facts["folders"], "fingerprint": facts["data"]["fingerprint"]}
