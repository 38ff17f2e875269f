"""Text that is safe to print."""


def printable(text: str) -> str:
    """Escape characters that move the cursor or break the line; file names may hold them."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )
