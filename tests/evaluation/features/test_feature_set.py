"""Features of real images are cached by content, and recomputed if a file is damaged."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganaug.evaluation.features.feature_set import FeaturePair, describe, describe_real
from ganaug.evaluation.metrics.kid import KID
from ganaug.evaluation.metrics.measure import measure
from ganaug.utils.cache_folder import cache_folder


def kept(kind):
    return sorted((cache_folder() / kind).glob("*.pt"))


def test_real_images_are_read_once_and_others_are_read_anew(projection, make_bars):
    network = projection()
    images, labels = make_bars(30, 3)
    first = describe_real(network, images, labels)
    calls = network.calls
    again = describe_real(network, images, labels)
    assert network.calls == calls
    assert torch.equal(first.features, again.features)
    assert torch.equal(first.features, describe(network, images, labels).features)
    assert first.key == again.key
    images[0, 0, 0, 0] += 1
    assert describe_real(network, images, labels).key != first.key
    with torch.no_grad():
        network.matrix += 1
    assert describe_real(network, images, labels).key != first.key
    assert len(kept("features")) == 3


@pytest.mark.parametrize("content", [b"", b"no tensors", None])
def test_a_damaged_file_is_made_anew(projection, make_bars, content):
    network, (images, labels) = projection(), make_bars(30, 3)
    first = describe_real(network, images, labels)
    (file,) = kept("features")
    file.write_bytes(file.read_bytes()[:-100] if content is None else content)
    with pytest.warns(UserWarning, match="is damaged and recomputed"):
        again = describe_real(network, images, labels)
    assert torch.equal(first.features, again.features)
    assert describe_real(network, images, labels).key == first.key


def test_a_folder_that_can_not_be_written_to_is_said_once_and_harms_nothing(
    projection, make_bars, monkeypatch, tmp_path
):
    Path(tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="can't be cached in .*GANAUG_CACHE"):
        assert len(describe_real(projection(), *make_bars(30, 3))) == 30


def test_baselines_are_measured_once_for_sets_of_the_same_numbers(projection, make_bars):
    network, calls = projection(), []
    counting = replace(KID, measure=lambda r, f: calls.append(1) or KID.measure(r, f))
    real = [describe_real(network, *make_bars(n, 3, seed=n)) for n in (60, 90)]
    baselines = []
    for seed, number in ((1, 60), (2, 60), (3, 45)):
        made = describe(network, *make_bars(number, 3, seed=seed))
        (result,) = measure(FeaturePair(network, made, *real), [counting]).values()
        baselines.append(result.real_baseline)
        calls.append(0)
    assert baselines[0] == baselines[1] != baselines[2]
    # The metric and three draws, then the metric alone, then all again for another number.
    assert calls == [1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0]
