"""The tools that measure read a set in shards as they read its files."""

import pytest

from ganaug.cli import evaluate, utility
from ganaug.synthesis import Drawing, expand
from ganaug.synthesis.layouts import in_shards


class ToldError(Exception):
    pass


@pytest.fixture
def told(monkeypatch):
    """Stop both tools where they would begin to read, and say what they were told."""

    def tell(options):
        files = sorted(path.name for path in options.synthetic.rglob("*.*"))
        raise ToldError(files, options.out)

    monkeypatch.setattr(evaluate, "measure", tell)
    monkeypatch.setattr(utility, "carry_out", tell)


class Grey:
    latent_dim, num_classes = 1, 0

    def sample(self, latents, labels=None):
        return latents[:, :, None, None].expand(-1, 1, 4, 4)


def test_images_are_laid_out_and_results_stay_beside_the_shards(told, tmp_path):
    expand([Drawing(Grey(), ["a"])], {"generator": {"a": 2}}, tmp_path / "set")
    in_shards(tmp_path / "set")
    laid_out = ["000000.png", "000001.png", "manifest.json", "metadata.csv"]
    with pytest.raises(ToldError) as found:
        evaluate.main(["--synthetic", str(tmp_path / "set"), "--real", "mnist"])
    assert found.value.args == (laid_out, tmp_path / "set/metrics.json")
    with pytest.raises(ToldError) as found:
        utility.main(["--synthetic", str(tmp_path / "set"), "--out", str(tmp_path / "study")])
    assert found.value.args == (laid_out, tmp_path / "study")
