"""The recommended recipe in plain words, and as Python training code."""

from ganaug.evaluation.advice.search.candidates import BALANCES, BLENDS, PRETRAINING, Candidate
from ganaug.evaluation.utility.sampling import MIXERS
from ganaug.utils.pretrained import library_of

# Text on how a set of further images is used, after its share.
WAYS = {
    "weight 0.3": ", which count 0.3 times in the loss",
    "soft labels": ", with soft labels of classifiers trained on the real images",
    "useful": ", restricted to those that classifiers trained on the real images find useful",
}


def in_words(recipe: Candidate) -> str:
    """Return a sentence on how to train the classifier.

    Example:
        >>> in_words(Candidate("small", "elastic", blend="mixup"))
        'Train the classifier small on your real images, augmented by elastic, with MixUp.'
    """
    if not recipe.ingredients:
        return f"Train the classifier {recipe.classifier} on your real images as they are."
    clauses = [f"Train the classifier {recipe.classifier} {_images(recipe)}"]
    if recipe.augmentation != "none":
        clauses.append(f"augmented by {recipe.augmented_by}")
    if recipe.balance != "as_is":
        clauses.append(f"drawing {BALANCES[recipe.balance][1]}")
    if recipe.blend:
        clauses.append(f"with {BLENDS[recipe.blend]}")
    if recipe.decay != 1:
        clauses.append(f"its head regularized {recipe.decay:g} times as strongly as usual")
    return f"{', '.join(clauses)}."


def _images(recipe: Candidate) -> str:
    if not recipe.synthetic:
        return "on your real images"
    if recipe.way == PRETRAINING:
        return f"first on the images of {recipe.synthetic}, and then on your real images"
    usage = WAYS.get(recipe.way, f", {recipe.way}" if recipe.way else "")
    return (
        f"on your real images and those of {recipe.synthetic} ({recipe.share:.0%} of the draws in "
        f"each class{usage})"
    )


def snippet(recipe: Candidate, folder: str, steps: int) -> str:
    """Return Python code that trains the recommended network by the recipe.

    Args:
        recipe: The recipe.
        folder: Folder of the advice.
        steps: Number of batches of 64.
    """
    library, function = library_of(recipe.classifier)[0], ""
    imports: list[str] = []
    if not library:
        module, _, function = recipe.classifier.partition(":")
        imports = [f"from {module} import {function}"]
    mixer = MIXERS[recipe.blend][0].__name__ if recipe.blend else ""
    # Scales AdamW's default weight decay of 0.01.
    decay = "" if recipe.decay == 1 else f", weight_decay={0.01 * recipe.decay:g}"
    parts = ("pretrain", "train") if recipe.way == PRETRAINING else ("train",)
    body = [
        f"for part in {parts!r}:" if len(parts) > 1 else "",
        f"    data = advice.train_dataset({'part' if len(parts) > 1 else ''})",
        f"    sampler = WeightedRandomSampler(data.weights, 64 * {max(1, steps // len(parts))})",
        "    for images, labels, _ in DataLoader(data, batch_size=64, sampler=sampler):",
        "        images, labels = mix(images, labels)" if mixer else "",
        "        optimizer.zero_grad()",
        "        torch.nn.functional.cross_entropy(network(images), labels).backward()",
        "        optimizer.step()",
    ]
    indent = 0 if len(parts) > 1 else 4
    lines = [
        "import torch",
        "from torch.utils.data import DataLoader, WeightedRandomSampler",
        f"from torchvision.transforms.v2 import {mixer}" if mixer else "",
        "import ganaug",
        *imports,
        "\n" + f"advice = ganaug.load_advice({folder!r})",
        f"network = advice.network({function})",
        f"optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3{decay})",
        f"mix = {mixer}(alpha={MIXERS[recipe.blend][1]}, num_classes=len(advice.class_names))"
        if recipe.blend
        else "",
        *(line[indent:] for line in body),
    ]
    return "\n".join(line for line in lines if line)
