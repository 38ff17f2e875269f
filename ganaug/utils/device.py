"""The device to compute on."""


def choose_device(wanted: str = "auto") -> str:
    """Return the device to compute on, as torch names it.

    Args:
        wanted: auto, cpu or cuda.

    Raises:
        UsageError: CUDA is wanted and there is none, or the name is unknown.
    """
    import torch

    from ganaug.utils.errors import UsageError

    if wanted not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device is {wanted!r}; use auto, cpu or cuda")
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UsageError("device cuda: torch sees no CUDA device; use device cpu")
    return "cuda" if available and wanted != "cpu" else "cpu"
