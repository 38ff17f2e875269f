"""README.md of an advice: the recommendation in words, training code, and a list of files."""

from pathlib import Path

from ganaug.evaluation.advice.output.words import in_words, snippet
from ganaug.evaluation.advice.result import Advice
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.utils.markdown import code, plain
from ganaug.utils.pretrained import library_of

# Epochs and batch size in the code, for classifiers on frozen features, which have no steps.
PASSES, BATCH = 10, 64


def readme(advice: Advice, *, frozen: bool, images: int) -> str:
    """Return the README of an advice's folder.

    Args:
        advice: The advice, with its folder.
        frozen: Whether the recommended classifier is a head on frozen features.
        images: Number of images to train on.
    """
    recipe, folder = advice.recommended, Path(advice.folder or "").resolve().name
    steps = -(-PASSES * images // BATCH) if frozen else advice.facts["steps"]
    return "\n".join(
        [
            "# What to train on",
            "",
            plain(in_words(recipe)),
            "",
            *(f"- {plain(sentence)}" for sentence in advice.sentences[1:]),
            "",
            "[The report](report.html) shows what each step gained, and everything that was tried.",
            "",
            "## Train on it",
            "",
            f"Run this in the folder that holds {code(folder)}:",
            "",
            "```python",
            snippet(recipe, folder, steps),
            "```",
            "",
            "You can use your own network instead of `advice.network()`. The classifier that "
            "`advise` trained is ready to use:",
            "",
            "```python",
            f"classifier = ganaug.load_advice({folder!r}).classifier({_build_argument(advice)})",
            'logits = classifier(classifier.read(["new.jpg"]))',
            "```",
            "",
            *_files(advice, folder),
            "",
        ]
    )


def _build_argument(advice: Advice) -> str:
    name = advice.recommended.classifier
    return "" if library_of(name)[0] else name.partition(":")[2]


def _files(advice: Advice, folder: str) -> list[str]:
    recipe, root = advice.recommended, advice.facts["data"]["init_args"].get("root")
    locations = {"real": root or "the bundled sample", **advice.facts["folders"]}
    below = ", ".join(
        f"{code(source)} below {code(location)}" for source, location in locations.items()
    )
    files = {
        "train.csv": f"images to train on: {below}; `weight` is how often to draw an image, or "
        "what to multiply its loss by",
        "augmentation.yaml": _augmentation(recipe),
        "classifier.safetensors": "the trained classifier, and `classifier.json`, its card",
        "advice.json": "everything that was tried and tested",
    }
    return [
        "## Files",
        "",
        *(f"- `{name}`: {description}." for name, description in files.items()),
        "",
        f'`ganaug.load_advice({folder!r}).write_images("to_train_on")` writes the images to train '
        "on as class folders in `to_train_on/images`, with a table of their weights next to it.",
    ]


def _augmentation(recipe: Candidate) -> str:
    name = recipe.augmentation
    if name == "none":
        return "an augmentation that changes nothing, as none is recommended"
    load_call = 'albumentations.load("augmentation.yaml", data_format="yaml")'
    description = recipe.augmented_by.replace(name, code(name), 1)
    if name in ("trivial", "rand"):
        return (
            f"{description} of torchvision, in the form that the option `augmentation` of every "
            f"data module reads, and, after `import datamodules.automatic`, `{load_call}`"
        )
    return f"{description}, read by `{load_call}`"
