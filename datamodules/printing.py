"""Text that a screen shows as it is."""


def printable(text: str) -> str:
    """Write out what would move the cursor or break the line, as file names may hold it."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )
