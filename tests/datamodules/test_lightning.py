"""Data modules work with Lightning's epochs, ranks and flags."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from lightning import LightningModule, Trainer
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule


class Recorder(LightningModule):
    """Records the labels and first pixels of its batches."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.epochs = {}
        self.validated = 0

    def training_step(self, batch, _index):
        images, _ = batch
        self.epochs.setdefault(self.current_epoch, []).append(images[:, 0, 0, 0].tolist())
        return (self.weight * images.mean()).sum()

    def validation_step(self, batch, _index):
        self.validated += len(batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.fixture
def data(tmp_path):
    for number in range(60):
        folder = tmp_path / "set" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 4 * number, np.uint8)).save(folder / f"{number}.png")
    root = str(tmp_path / "set")
    return ImageFolderDataModule(root=root, image_size=8, batch_size=8, epoch_images=1)


def fit(data, tmp_path, ckpt_path=None, **options):
    model = Recorder()
    trainer = Trainer(
        default_root_dir=tmp_path,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"max_epochs": 2, **options},
    )
    trainer.fit(model, datamodule=data, ckpt_path=ckpt_path, weights_only=True)
    return model, trainer


def test_epochs_differ_and_a_resumed_run_goes_on_with_the_next(data, tmp_path):
    whole, _ = fit(data, tmp_path, enable_checkpointing=False)
    assert whole.epochs[0] != whole.epochs[1]
    assert all(len(batch) == 8 for batch in whole.epochs[0])
    assert whole.validated >= 2 * len(data.paths("validation"))

    first, trainer = fit(data, tmp_path, max_epochs=1)
    trainer.save_checkpoint(tmp_path / "one.ckpt")
    again = ImageFolderDataModule(**data.hparams)
    resumed, _ = fit(again, tmp_path, ckpt_path=tmp_path / "one.ckpt")
    assert first.epochs[0] == whole.epochs[0]
    assert resumed.epochs == {1: whole.epochs[1]}


@pytest.mark.filterwarnings("ignore:You requested to overfit")
def test_overfit_batches_repeats_the_same_batches(data, tmp_path):
    model, _ = fit(data, tmp_path, overfit_batches=2, enable_checkpointing=False)
    assert len(model.epochs[0]) == 2
    assert model.epochs[0] == model.epochs[1]


def test_each_rank_has_its_share(data):
    seen = []
    for rank in (0, 1):
        data.trainer = SimpleNamespace(
            global_rank=rank, world_size=2, num_devices=2, training=False
        )
        loader = data.train_dataloader()
        batches = [images[:, 0, 0, 0].tolist() for images, _ in loader]
        assert len(batches) == len(loader) == len(data.paths("train")) // 16
        seen.append({value for batch in batches for value in batch})
    assert not seen[0] & seen[1]


def test_numpy_settings_become_plain_in_the_card(data, tmp_path):
    settings = {
        "image_size": np.int64(8),
        "batch_size": np.int64(8),
        "validation": np.float64(0.25),
        "per_class": {"a": np.int64(5), "b": np.int32(6)},
        "classes": np.array(["a", "b"]),
    }
    counted = ImageFolderDataModule(root=tmp_path / "set", **settings)
    torch.save(counted.card(), tmp_path / "card.ckpt")
    card = torch.load(tmp_path / "card.ckpt", weights_only=True)
    assert card["class_counts"] == {"a": 5, "b": 6}
    assert card["init_args"]["per_class"] == {"a": 5, "b": 6}
    same = ImageFolderDataModule(root=tmp_path / "set", per_class=np.int64(5), image_size=8)
    assert sum(same.class_counts.values()) == 10
