"""Domain networks that are cached in a test's folder."""

import pytest

from ganaug.evaluation.features.domain import domain_features


@pytest.fixture
def cached(make_bars, tmp_path):
    def make(
        count=150,
        num_classes=3,
        names=("a", "b", "c"),
        fingerprint="f",
        purpose="evaluate",
        cache_dir=tmp_path,
    ):
        images, labels = make_bars(count, num_classes)
        return domain_features(
            images,
            labels,
            names,
            fingerprint,
            purpose=purpose,
            cache_dir=cache_dir,
            progress=False,
        )

    return make
