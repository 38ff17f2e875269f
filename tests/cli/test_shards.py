"""The tools that measure read a set in shards as they read its files."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.cli import evaluate, utility
from ganaug.reporting.gathering import Gathering
from ganaug.reporting.image_examples import class_images
from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.writer.webdataset import in_shards


class ToldError(Exception):
    pass


@pytest.fixture
def told(monkeypatch):
    """Stop both tools where they would begin to read, and say what they were told."""

    def tell(dataset, data, data_root, image_size):
        files = sorted(path.name for path in dataset.images_folder.parent.rglob("*.*"))
        raise ToldError(files, dataset.results_folder)

    monkeypatch.setattr("ganaug.evaluation.real_data.real_data", tell)


class Gray:
    latent_dim, num_classes = 1, 0

    def sample(self, latents, labels=None):
        return latents[:, :, None, None].expand(-1, 1, 4, 4)


@pytest.fixture
def sharded(tmp_path):
    expand([GeneratorSource(Gray(), ["a"])], {"generator": {"a": 2}}, tmp_path / "set")
    in_shards(tmp_path / "set")
    return tmp_path / "set"


def test_images_are_laid_out_and_results_stay_beside_the_shards(told, sharded, tmp_path):
    laid_out = ["000000.png", "000001.png", "manifest.json", "metadata.csv"]
    with pytest.raises(ToldError) as found:
        evaluate.main(["--synthetic", str(sharded), "--real", "mnist"])
    assert found.value.args == (laid_out, sharded)
    with pytest.raises(ToldError) as found:
        utility.main(["--synthetic", str(sharded), "--out", str(tmp_path / "study")])
    assert found.value.args == (laid_out, sharded)


def test_a_report_shows_images_of_shards(sharded, monkeypatch):
    real = torch.zeros(3, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)
    data = SimpleNamespace(
        class_names=("a",), image_size=4, channels=1, images=lambda split, limit=None: real
    )
    monkeypatch.setattr(SyntheticDataset, "data", lambda dataset, data_root: data)
    (own,) = class_images(Gathering(SyntheticDataset.open(sharded)).examples, seed=0)
    assert own.name == "a"
    assert len(own.synthetic) == 2
