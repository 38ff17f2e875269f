"""The studies of scarce data: few images in total, or classes with few images."""

import json

from benchmarks.scarce_metrics import SMALL_CLASSES, small_classes_hold, sunflower_metrics
from benchmarks.study import EVALUATE, Metrics, Study, Workspace

LARGE, SMALL = 1000, 20
COUNTS = json.dumps({digit: SMALL if digit in SMALL_CLASSES else LARGE for digit in range(10)})
FEW_DIGITS = f"--data.root $full_mnist --data.per_class '{COUNTS}' --data.balance 1"
# Limited by time, so that all fits take equally long, including monitoring.
FOR_MINUTES = "--trainer.max_epochs 100000 --trainer.max_time $clock"
# Settings of r3gan for a few hundred images.
FEW_IMAGES = "--config $recipes/few_images.yaml"
UNAUGMENTED = f"{FEW_IMAGES} --model.discriminator_augmentation none"
# The mirror image of a flower is as plausible as the original.
MIRRORED = f"{FEW_IMAGES} --data.augmentation mirror"
# The recipe for a scarce set, in color and with all photographs.
RECIPE = "--config $recipes/sunflowers_mlp.yaml --data.per_class null"
ADAPTIVE = "--model.discriminator_augmentation adaptive"
# With elastic augmentation, twenty images of a digit cover three times as many real ones.
BENT = "--data.augmentation elastic"
# At half the side, four times as many images are seen in the same time, so the effect of
# augmentation and fine-tuning shows within minutes.
HALF_SIDE = 32


def few_digits(model: str, settings: str = "") -> Study:
    """Return a study of five classes of 1,000 digits and five of 20."""
    settings = f"--model {model} {FEW_DIGITS} {settings} {FOR_MINUTES}"
    return Study(small_classes_hold, settings, files=EVALUATE)


def photographs(folder: str, size: int) -> str:
    """Return the settings for a folder of color photographs and their side in pixels."""
    root = f"$photographs/train{folder}"
    return f"--data image_folder --data.root {root} --data.image_size {size} --data.channels 3"


def sunflowers(model: str, settings: str = "", images: int = 0, size: int = 64) -> Study:
    """Return a study of sunflower photographs, all or a number of them, with a side in pixels."""
    few = f"--data.per_class {images}" if images else ""
    data = f"{photographs('/sunflower', size)} {few}"
    settings = f"--model {model} {data} {settings} {FOR_MINUTES}"
    return Study(sunflower_metrics, settings, files=EVALUATE)


FROM_SCRATCH = sunflowers("r3gan", FEW_IMAGES, 60, HALF_SIDE).settings
# Lower learning rates than from scratch, tuned on photographs outside of training and test.
GENTLY = "--init-from $run --model.generator_lr 0.0002 --model.discriminator_lr 0.0002"
OTHER_FLOWERS = (
    f"--model r3gan {photographs('', HALF_SIDE)} --data.classes "
    f"\"['daisy', 'dandelion', 'rose', 'tulip']\" --model.conditional false {FEW_IMAGES} "
    f"{FOR_MINUTES}"
)


def fine_tuned(workspace: Workspace) -> Metrics:
    """Fine-tune a model of all other flowers on 60 sunflowers, and fit one from scratch."""
    quarter = workspace._replace(minutes=workspace.minutes / 4)
    tuned = sunflower_metrics(workspace, quarter.fit(f"{FROM_SCRATCH} {GENTLY}"))
    scratch = sunflower_metrics(workspace, workspace.fit(FROM_SCRATCH))
    return {
        "KID by ImageNet, fine-tuned in a quarter of the time": tuned["KID by ImageNet"],
        "KID by ImageNet, from scratch": scratch["KID by ImageNet"],
        "recall fine-tuned": tuned["recall"],
        "recall from scratch": scratch["recall"],
    }


STUDIES = {
    "digits20_r3gan": few_digits("r3gan", f"{ADAPTIVE} {BENT}"),
    "dagan": few_digits("dagan", f"{ADAPTIVE} {BENT}"),
    "flow": few_digits("flow", BENT),
    # Its backbone was trained on color photographs, and needs 32 pixels.
    "digits20_projected": few_digits("projected", f"{BENT} --data.image_size 32 --model.width 16"),
    "digits20_flow_unguided": few_digits("flow", f"{BENT} --model.guidance 1"),
    # Only elastic augmentation, only adaptive augmentation, and no augmentation.
    "digits20_r3gan_bent": few_digits("r3gan", BENT),
    "digits20_r3gan_unbent": few_digits("r3gan", ADAPTIVE),
    "digits20_r3gan_plain": few_digits("r3gan"),
    "digits20_dagan_unbent": few_digits("dagan", ADAPTIVE),
    "digits20_dagan_plain": few_digits("dagan"),
    "sunflowers_recipe": sunflowers("gan", RECIPE),
    "sunflowers_dcgan": sunflowers("dcgan"),
    "sunflowers_r3gan": sunflowers("r3gan", FEW_IMAGES),
    "sunflowers100_r3gan": sunflowers("r3gan", FEW_IMAGES, 100),
    "sunflowers100_r3gan_mirrored": sunflowers("r3gan", MIRRORED, 100),
    # With and without adaptive augmentation.
    "sunflowers_32_adaptive": sunflowers("r3gan", FEW_IMAGES, size=HALF_SIDE),
    "sunflowers_32_plain": sunflowers("r3gan", UNAUGMENTED, size=HALF_SIDE),
    "sunflowers100_32_adaptive": sunflowers("r3gan", FEW_IMAGES, 100, HALF_SIDE),
    "sunflowers100_32_plain": sunflowers("r3gan", UNAUGMENTED, 100, HALF_SIDE),
    # All flowers but sunflowers as a single class, for four times as long.
    "sunflowers60_from_others": Study(fine_tuned, OTHER_FLOWERS, longer=4, files=EVALUATE),
}
