"""Paths of an advice's images: written without a home folder, and found again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.evaluation.advice.result import FILE
from ganaug.synthesis.manifest import card_for, card_of
from ganaug.synthesis.writer.remote import is_address
from ganaug.utils.errors import UsageError
from ganaug.utils.places import absolute, remember, remembered


def with_places(facts: Mapping[str, Any], sets: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Return the facts of an advice with the paths of its images relative to its folder.

    A path that would show a home folder is cut to its last name, and this machine remembers it.

    Args:
        facts: With the card of the real images as `data`.
        sets: Data sets of further images by their names.
        out: The folder of the advice.
    """
    told = card_for({"data": facts["data"]}, out)
    places = {name: dataset.place_from(out / FILE) for name, dataset in sets.items()}
    hidden = [name for name, place in places.items() if not _is_there(place, out)]
    found = {**facts, "data": told.pop("card")["data"], **told}
    found["folders"] = {**places, **{name: name for name in hidden}}
    if hidden:
        kept = {name: absolute(sets[name].results_folder) for name in hidden}
        remember(_own(found), kept)
    return found


def data_card_of(facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the card of the real images with places that can be opened."""
    return card_of({**facts, "card": {"data": facts["data"]}}, folder)["data"]


def sets_of(facts: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return the place of each set of further images by its name.

    Raises:
        UsageError: One is gone.
    """
    found = {}
    for name, place in facts["folders"].items():
        here = place if is_address(place) else str(folder / place)
        if not _is_there(place, folder):
            here = remembered(_own(facts)).get(name, here)
        if not is_address(here) and not Path(here).exists():
            raise UsageError(f"the set {name} is not at {here}: put it there, or run advise again")
        found[name] = here
    return found


def _is_there(place: str, folder: Path) -> bool:
    return is_address(place) or (folder / place).exists()


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"folders": facts["folders"], "fingerprint": facts["data"]["fingerprint"]}
