"""The study of a pretrained classifier on few real photographs: frozen, and fine-tuned."""

import json
import time
from typing import Literal

from torch import nn

from benchmarks.advice import FEW_FLOWERS
from benchmarks.study import UTILITY, Metrics, Study, Workspace
from datamodules.augmentation import load_augmentation
from datamodules.image_folder import ImageFolderDataModule
from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers
from ganaug.evaluation.utility.classifiers import answers
from ganaug.evaluation.utility.sampling import DataMix, Images
from ganaug.evaluation.utility.scores import scores
from ganaug.evaluation.utility.training import ArmTrainer

Mode = Literal["frozen", "fine_tuned"]
# Fine-tuning runs every image forward and backward in each of its eight epochs.
SIDES: dict[Mode, int] = {"frozen": 192, "fine_tuned": 128}
STEPS = 200


def frozen_and_fine_tuned(workspace: Workspace) -> Metrics:
    """Train EfficientNet-Lite0 both ways on 60 sunflowers and 400 images of each other kind."""
    metrics: Metrics = {}
    for mode, side in SIDES.items():
        data = ImageFolderDataModule(
            workspace.photographs,
            image_size=side,
            channels=3,
            validation=0.0,
            per_class=json.loads(FEW_FLOWERS),
            subset_seed=workspace.seed,
        )
        test, started = Images(*data.images("test")), time.perf_counter()
        network = trained(data, mode, workspace.seed)
        minutes = (time.perf_counter() - started) / 60
        result = scores(answers(network, test.images), test.labels, data.num_classes)
        sunflowers = result.recalls[data.class_names.index("sunflower")]
        metrics |= {
            f"{mode} %": 100 * result.balanced_accuracy,
            f"{mode}, sunflowers %": 100 * sunflowers,
            f"{mode} [min]": minutes,
        }
    return metrics


def trained(data: ImageFolderDataModule, mode: Mode, seed: int) -> nn.Module:
    """Train the network on lightly augmented photographs, with balanced classes."""
    real = Images(*data.images("train"))
    empty = Images(real.images[:0], real.labels[:0])
    wish = Wish(size=data.image_size, mode=mode)
    (classifier,) = chosen_classifiers("imagenet", real.images[:100], wish)
    mix = DataMix(augmentation=load_augmentation("light", data.image_size, data.channels))
    trainer = ArmTrainer(classifier.build(empty), real, empty, num_classes=data.num_classes)
    return trainer.trained([(mix, STEPS)], seed)


STUDIES = {"pretrained_flowers": Study(frozen_and_fine_tuned, files=UTILITY)}
