"""Results of a set at an address go to a given file, and contain the address."""

import json

import pytest

import ganaug
from ganaug.reporting.gathering import Gathering
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from helpers.image_folders import write
from helpers.made_up_set import manifest

ADDRESS = "memory://reported/set"


@pytest.fixture
def at_an_address(tmp_path):
    fsspec = pytest.importorskip("fsspec")
    write(tmp_path / "made/images/a/000000.png", 1)
    facts = {**manifest(), "class_names": ["a", "b"], "sources": {"folder": {}}}
    facts["card"] |= {"fingerprint": "", "data": {"class_path": "", "init_args": {}}}
    (tmp_path / "made/manifest.json").write_text(json.dumps(facts))
    memory = fsspec.filesystem("memory")
    memory.put(str(tmp_path / "made"), "/reported/set", recursive=True)
    yield ADDRESS
    memory.rm("/reported", recursive=True)


RESULTS = {
    "metrics.json": ganaug.evaluate,
    "report.html": lambda dataset: ganaug.write_report(None, dataset),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_set_at_an_address_needs_out(at_an_address, name):
    with pytest.raises(UsageError, match=rf"out is missing: the set is at .*; give `out`.*{name}"):
        RESULTS[name](at_an_address)


def test_title_and_commands_name_the_address(at_an_address, tmp_path):
    found = Gathering(SyntheticDataset.open(at_an_address))
    assert found.metrics.command.endswith(f"--synthetic {ADDRESS} --out metrics.json")
    missing = found.find_study()
    assert missing.command.endswith(f"--synthetic {ADDRESS} --out utility")
    out = ganaug.write_report(tmp_path / "page.html", at_an_address)
    assert "<title>Synthetic images: set</title>" in out.read_text()
    assert json.loads(out.with_suffix(".json").read_text())["set"] == ADDRESS
