"""The error that a user can put right."""


class UsageError(ValueError):
    """A wrong argument, file or combination; tools print its message and exit with code 2."""
