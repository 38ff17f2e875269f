"""The network of the usual FID: its file, its channels and other weights."""

import hashlib
from urllib.error import URLError

import pytest
import torch

from ganaug.evaluation.features.inception import InceptionFeatures
from ganaug.utils.errors import UsageError


def test_inception_offline_says_how_to_get_it(monkeypatch):
    def offline(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(
        "torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", offline
    )
    with pytest.raises(UsageError, match=r"no network.*give `inception_weights`") as caught:
        InceptionFeatures()
    assert "pt_inception-2015-12-05-6726825d.pth" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_inception_takes_no_foreign_or_damaged_file(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        InceptionFeatures(tmp_path / "none.pth")
    (tmp_path / "bad.pth").write_bytes(b"garbage")
    with pytest.raises(UsageError, match="damaged"):
        InceptionFeatures(tmp_path / "bad.pth")
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(UsageError, match="is not the file of FID's Inception"):
        InceptionFeatures(tmp_path / "other.pth")


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half"])
def test_a_damaged_file_in_the_cache_of_torch_is_to_be_deleted(monkeypatch, tmp_path, content):
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path))
    cached = tmp_path / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"
    cached.parent.mkdir()
    cached.write_bytes(content)
    with pytest.raises(UsageError, match=f"^{cached} is damaged; delete it to have"):
        InceptionFeatures()


def test_inception_reads_gray_as_three_equal_channels(monkeypatch):
    # Without the real weights: the network's own random ones stand in.
    base = "torch_fidelity.feature_extractor_inceptionv3"
    monkeypatch.setattr(f"{base}.load_state_dict_from_url", lambda *_, **__: {})
    monkeypatch.setattr(f"{base}.FeatureExtractorInceptionV3.load_state_dict", lambda *_: None)
    network = InceptionFeatures()
    gray = torch.rand(1, 1, 28, 28) * 2 - 1
    features, logits = network.features_and_logits(gray)
    assert features.shape == (1, 2048)
    assert logits.shape == (1, 1008)
    # Not exactly: a processor may sum other strides in another order.
    torch.testing.assert_close(features, network(gray.expand(-1, 3, -1, -1)))
    assert network.network.use_antialias is False
    assert network.name == "inception"


def test_inception_with_other_weights_is_named_by_them(monkeypatch, tmp_path):
    base = "torch_fidelity.feature_extractor_inceptionv3"
    monkeypatch.setattr(f"{base}.FeatureExtractorInceptionV3.load_state_dict", lambda *_: None)
    torch.save({"x": torch.zeros(1)}, tmp_path / "own.pth")
    begins = hashlib.sha256((tmp_path / "own.pth").read_bytes()).hexdigest()[:8]
    assert InceptionFeatures(tmp_path / "own.pth").name == f"inception-{begins}"
