"""The error that a user can fix, and suggestions for misspelled names."""

from collections.abc import Iterable
from difflib import get_close_matches
from textwrap import shorten

from datamodules.errors import UsageError as UsageError

# Other libraries' names for our settings, where the closest spelling would be another setting.
OTHER_NAMES = {
    "epochs": "max_epochs",
    "num_epochs": "max_epochs",
    "n_epochs": "max_epochs",
    "lr": "generator_lr",
    "learning_rate": "generator_lr",
    "gpus": "devices",
    "z_dim": "latent_dim",
    "nz": "latent_dim",
    "img_size": "image_size",
    "resolution": "image_size",
}


def one_line(error: BaseException) -> str:
    r"""Return an error's message in one line of at most 300 characters, or its type if it has none.

    Example:
        >>> one_line(OSError("no such\n  host")), one_line(TimeoutError())
        ('no such host', 'TimeoutError')
    """
    return " ".join(str(error).split())[:300] or type(error).__name__


def did_you_mean(word: str, choices: Iterable[str], prefix: str = "") -> str:
    """Return `; did you mean 'x'?` for the choice closest to the word, or an empty string.

    Args:
        word: The given word, without the prefix.
        choices: The valid words, without the prefix.
        prefix: Prefix of all choices.

    Example:
        >>> did_you_mean("resnet19", ["resnet18", "vgg16"], "timm:")
        "; did you mean 'timm:resnet18'?"
    """
    lowered = {choice.lower(): choice for choice in choices}
    group, _, name = word.lower().rpartition(".")
    if meant := OTHER_NAMES.get(name):
        matches = [choice for choice in lowered if choice.rpartition(".")[2] == meant]
        # The setting in the named group, if any, or else in the first group that has it.
        closest = [choice for choice in matches if choice.startswith(group)] or matches
    else:
        closest = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return f"; did you mean {prefix + lowered[closest[0]]!r}?" if closest else ""


def unreadable(label: str, side: int, error: Exception, remedy: str) -> UsageError:
    """Return the error for a network that fails on images of a size.

    Args:
        label: The network, or the parameter that named it.
        side: Side of the images in pixels.
        error: Error raised by the network.
        remedy: Advice at the end of the message.
    """
    reason = shorten(str(error), 120, placeholder=" …")
    return UsageError(f"{label}: the network can't read images of {side} px ({reason}); {remedy}")
