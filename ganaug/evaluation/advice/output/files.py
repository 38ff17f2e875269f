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
    places = {name: dataset.place_from(out / FILE) for name, dataset in sets.items()}
    hidden = [name for name, place in places.items() if not _is_there(place, out)]
    kept = {name: absolute(sets[name].results_folder) for name in hidden}
    labeled, tables = _labelled_by(sets, out)
    found = {**facts, "data": entries.pop("card")["data"], **entries, "labelled_by": labeled}
    found["folders"] = {**places, **{name: name for name in hidden}}
    if kept or tables:
        remember(_identity(found), kept | tables)
    return found


def _labelled_by(
    sets: Mapping[str, Any], out: Path
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return the source of each set's classes, and the paths of tables to remember by `_key`."""
    found, hidden = {}, {}
    for name, dataset in sets.items():
        how = dict(getattr(dataset, "labelled_by", {}))
        if "labels" in how and not is_pattern(how["labels"]):
            table = how.pop("labels")
            how["table"] = known_from(table, out)
            if not _is_there(how["table"], out):
                hidden[_key(name)] = table
        if how:
            found[name] = how
    return found, hidden


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

    found = {}
    for name, place in facts["folders"].items():
        if name not in names:
            continue
        here = _locate(f"the set {name}", place, name, facts, folder)
        # Earlier versions lack this entry.
        how = dict(facts.get("labelled_by", {}).get(name, {}))
        if "table" in how:
            what = f"the table of the set {name}"
            how["labels"] = _locate(what, how.pop("table"), _key(name), facts, folder)
        found[name] = (
            SyntheticDataset.from_folder(here, **how) if how else SyntheticDataset.open(here)
        )
    return found


def _locate(what: str, place: str, key: str, facts: Mapping[str, Any], folder: Path) -> str:
    """Return the current place of a set or table: its path, or the one this machine remembers."""
    here = place if is_address(place) else str(folder / place)
    if not _is_there(place, folder):
        here = remembered(_identity(facts)).get(key, here)
    if not is_address(here) and not Path(here).exists():
        raise UsageError(f"{what} is not at {here}; move it there, or run advise again")
    return here


def _key(name: str) -> str:
    """Return the key of a set's remembered table; names of sets have no slash."""
    return f"{name}/labels"


def _is_there(place: str, folder: Path) -> bool:
    return is_address(place) or (folder / place).exists()


def _identity(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"folders": facts["folders"], "fingerprint": facts["data"]["fingerprint"]}
