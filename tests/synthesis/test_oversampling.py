"""GANOverSampler keeps imbalanced-learn's contract, as far as it can apply to images."""

import numpy as np
import pytest
from lightning.pytorch import Trainer

from datamodules.mnist import MNISTDataModule
from ganaug.callbacks.data_card import DataCard
from ganaug.models.dcgan import DCGAN
from ganaug.training.checkpoints import load
from ganaug.utils.errors import UsageError

pytest.importorskip("imblearn")

from ganaug.synthesis.oversampling import GANOverSampler, _labels


@pytest.fixture(scope="module")
def ckpt(tmp_path_factory):
    home = tmp_path_factory.mktemp("fit")
    data = MNISTDataModule(per_class=8, batch_size=8, epoch_images=1)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_train_batches=2,
        logger=False,
        callbacks=[DataCard()],
        default_root_dir=home,
        enable_progress_bar=False,
        use_distributed_sampler=False,
    )
    trainer.fit(DCGAN(num_classes=10, width=4), datamodule=data)
    trainer.save_checkpoint(home / "last.ckpt")
    return str(home / "last.ckpt")


@pytest.fixture
def digits():
    images, labels = MNISTDataModule(per_class=8).images("train")
    kept = (labels != 7) | ((labels == 7).cumsum(0) <= 3)
    return images[kept].flatten(1).numpy(), labels[kept].numpy()


def test_classes_are_filled_up_and_what_was_there_comes_first(ckpt, digits):
    rows, y = digits
    new_rows, new_y = GANOverSampler(ckpt).fit_resample(rows, y)
    assert len(set(np.bincount(new_y))) == 1
    assert np.array_equal(new_rows[: len(rows)], rows)
    assert np.array_equal(new_y[: len(y)], y)
    assert (new_rows.dtype, new_y.dtype) == (rows.dtype, y.dtype)


def test_strategies_names_and_seeds(ckpt, digits):
    rows, y = digits
    names = y.astype(str)
    wanted = {"7": 30}
    first, labels = GANOverSampler(ckpt, sampling_strategy=wanted).fit_resample(rows, names)
    assert (labels == "7").sum() == 30
    again, _ = GANOverSampler(ckpt, sampling_strategy=wanted).fit_resample(rows, names)
    other, _ = GANOverSampler(ckpt, sampling_strategy=wanted, random_state=1).fit_resample(
        rows, names
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_loaded_model_is_taken_as_a_path_is(ckpt, digits):
    rows, y = digits
    expected, _ = GANOverSampler(model=ckpt).fit_resample(rows, y)
    found, _ = GANOverSampler(load(ckpt)).fit_resample(rows, y)
    assert np.array_equal(found, expected)


def test_in_a_pipeline_and_cloned(ckpt, digits):
    from imblearn.pipeline import make_pipeline
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import FunctionTransformer

    rows, y = digits
    sampler = clone(GANOverSampler(ckpt, sampling_strategy="not majority", random_state=3))
    assert sampler.get_params()["random_state"] == 3
    scale = FunctionTransformer(lambda rows: rows / 255)
    fitted = make_pipeline(sampler, scale, LogisticRegression(max_iter=20)).fit(rows, y)
    assert fitted.predict(rows[:5]).shape == (5,)


@pytest.mark.parametrize("change", [lambda rows: rows / 255, lambda rows: rows.astype(int) - 128])
def test_scaled_rows_are_refused(ckpt, digits, change):
    rows, y = digits
    with pytest.raises(UsageError, match=r"0 to 255; give unscaled images, and scale them in"):
        GANOverSampler(ckpt).fit_resample(change(rows), y)


def test_data_frames_come_back_as_such(ckpt, digits):
    pandas = pytest.importorskip("pandas")
    rows, y = digits
    new_rows, new_y = GANOverSampler(ckpt).fit_resample(pandas.DataFrame(rows), pandas.Series(y))
    assert isinstance(new_rows, pandas.DataFrame)
    assert isinstance(new_y, pandas.Series)


def test_what_is_refused(ckpt, digits):
    rows, y = digits
    with pytest.raises(UsageError, match=r"rows of X have 783 values.*images of 784: 28 x 28 x 1"):
        GANOverSampler(ckpt).fit_resample(rows[:, 1:], y)
    with pytest.raises(UsageError, match=r"X has the shape \(\d+, 28, 28, 1\), .* X.reshape"):
        GANOverSampler(ckpt).fit_resample(rows.reshape(-1, 28, 28, 1), y)
    with pytest.raises(UsageError, match="y holds 'seven'; the model's classes are 0, 1"):
        GANOverSampler(ckpt).fit_resample(rows, np.where(y == 7, "seven", y.astype(str)))


# As ImageFolder sorts them: index 2 is the class 10.
TWELVE = sorted(str(number) for number in range(12))


def test_numbers_that_are_names_and_indices_at_once_are_asked_about():
    y = np.arange(12)
    with pytest.raises(UsageError, match=r"y holds 2, which is the class 2 by its name and 10 by"):
        _labels(y, TWELVE, None)
    assert [TWELVE[k] for k in _labels(y, TWELVE, "names").values()] == [str(n) for n in range(12)]
    assert _labels(y, TWELVE, "indices") == {n: n for n in range(12)}
    # Text can't be an index, and numbers that mean the same either way are no question.
    assert [TWELVE[k] for k in _labels(y.astype(str), TWELVE, None).values()] == TWELVE
    assert _labels(np.array([0, 1]), TWELVE, None) == {0: 0, 1: 1}
    assert _labels(np.arange(10), [str(n) for n in range(10)], None) == {n: n for n in range(10)}


@pytest.mark.parametrize("names", [["1", "2", "3"], ["001", "002", "003"], ["10", "2", "1"]])
def test_names_that_are_other_numbers_than_their_indices_are_asked_about(names):
    with pytest.raises(UsageError, match="say which with labels='names' or labels='indices'"):
        _labels(np.array([1, 2]), names, None)
    chosen = _labels(np.array([1, 2]), names, "names")
    assert [int(names[label]) for label in chosen.values()] == [1, 2]
    # A value that is only one of the two settles it: 0 is no class here, so all are indices.
    assert _labels(np.array([0, 1, 2]), names, None) == {0: 0, 1: 1, 2: 2}


def test_names_are_the_same_in_each_unicode_form():
    stored, typed = ["cafe\u0301", "tea"], np.array(["caf\xe9", "tea"])
    assert _labels(typed, stored, None) == {"caf\xe9": 0, "tea": 1}
    assert _labels(np.array(["cafe\u0301"]), ["tea", "caf\xe9"], "names") == {"cafe\u0301": 1}


def test_labels_that_are_refused():
    with pytest.raises(UsageError, match="labels is 'index'; use names or indices"):
        _labels(np.array([0]), TWELVE, "index")
    with pytest.raises(UsageError, match="y holds 12; `labels` indices takes whole numbers from 0"):
        _labels(np.array([0, 12]), TWELVE, "indices")
    with pytest.raises(UsageError, match="y holds 2; the model's classes are cat, dog"):
        _labels(np.array([2]), ["cat", "dog"], None)
    with pytest.raises(UsageError, match="y holds 0; the model's classes are 1, 2, 3"):
        _labels(np.array([0, 3]), ["1", "2", "3"], None)


def test_booleans_are_names_and_no_indices():
    y = np.array([True, False])
    for meant in (None, "indices"):
        with pytest.raises(UsageError, match=r"y holds False; .* are sick, well; give these names"):
            _labels(y, ["sick", "well"], meant)
    with pytest.raises(UsageError, match=r"y holds False; .* are 0, 1; give these names"):
        _labels(y, ["0", "1"], None)
    assert _labels(y, ["False", "True"], None) == {False: 0, True: 1}
    assert _labels(y, ["true", "false"], None) == {False: 1, True: 0}


def test_every_random_state_of_scikit_learn_and_numpy(ckpt, digits):
    rows, y = digits

    def drawn(random_state):
        sampler = GANOverSampler(ckpt, sampling_strategy={7: 6}, random_state=random_state)
        return sampler.fit_resample(rows, y)[0][len(rows) :]

    assert np.array_equal(drawn(None), drawn(0))
    for same in (np.int64(5), np.uint8(5)):
        assert np.array_equal(drawn(same), drawn(5))
    for kind in (np.random.RandomState, np.random.default_rng):
        assert np.array_equal(drawn(kind(5)), drawn(kind(5)))
        state = kind(5)
        assert not np.array_equal(drawn(state), drawn(state))
    assert drawn(np.random).shape == drawn(None).shape
    with pytest.raises(UsageError, match="random_state is 'x'; use an integer, None, or NumPy's"):
        drawn("x")
    with pytest.raises(UsageError, match="random_state is -1; it must be 0 or more"):
        drawn(-1)
