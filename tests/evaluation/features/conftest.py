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
        **options,
    ):
        images, labels = make_bars(count, num_classes)
        return domain_features(
            images,
            labels,
            names,
            fingerprint,
            purpose=purpose,
            cache_dir=options.pop("cache_dir", tmp_path),
            progress=False,
        )

    return make
