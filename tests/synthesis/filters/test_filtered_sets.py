"""Sets of which filters turn images away: rounds, rates, shortfalls and duplicates."""

import pytest
import torch

from ganaug.synthesis import DuplicateFilter, GeneratorSource, RealismFilter, expand
from ganaug.synthesis.sources.base import Batch
from ganaug.synthesis.writer import folder
from helpers.batches import Brightness


def test_gates_in_rounds_with_rates_and_an_honest_shortfall(painter, tmp_path):
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    plan = {"generator": {"a": 40, "b": 10}}
    manifest = expand([source], plan, tmp_path / "out", filters=[screen])
    assert manifest["counts"]["synthetic"] == {"a": 40, "b": 10}
    assert manifest["short"] == {}
    seen = manifest["passed"]["a"]
    assert seen["realism"] / seen["tried"] == pytest.approx(0.25, abs=0.1)
    few = expand([source], plan, tmp_path / "few", filters=[screen], max_attempts=2)
    made = few["counts"]["synthetic"]["a"]
    assert few["short"]["a"] == 40 - made > 0
    assert few["passed"]["a"]["tried"] == 128
    assert "| a | " in (tmp_path / "few/README.md").read_text()


def test_what_is_on_disk_is_read_back_before_the_first_round_alone(painter, tmp_path, monkeypatch):
    read_back, rounds = [], []
    keep_whole, missing = folder.keep_whole, folder.Folder.missing
    monkeypatch.setattr(folder, "keep_whole", lambda out: read_back.append(out) or keep_whole(out))
    monkeypatch.setattr(folder.Folder, "missing", lambda own: rounds.append(1) or missing(own))
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    expand([source], {"generator": {"a": 100}}, tmp_path / "out", filters=[screen])
    assert len(rounds) >= 4  # two looks for each round
    assert read_back == [tmp_path / "out"]


def test_duplicates_are_left_out(digits, tmp_path):
    network, train, _, held_out, _ = digits
    duplicates = DuplicateFilter(network, held_out[:500])

    class Repeating:
        """Draws 40 digits again and again."""

        method, class_names, facts = "generator", "a", {}

        def most(self, label):
            return None

        def make(self, label, block):
            places = torch.arange(64 * block, 64 * block + 64)
            return Batch(label, range(64 * block, 64 * block + 64), train[places % 40])

    settings = {"filters": [duplicates], "max_attempts": 4}
    manifest = expand([Repeating()], {"generator": {"a": 100}}, tmp_path / "out", **settings)
    assert manifest["counts"]["synthetic"]["a"] <= 40
    assert manifest["counts"]["synthetic"]["a"] >= 35
    assert manifest["short"]["a"] >= 60
