"""Which errors are a user's: those in the chain of causes, and no others."""

import pytest

from ganaug.utils.errors import UsageError
from ganaug.utils.user_errors import error_of_user


def raised(**settings):
    """Return an error that was raised while a user's was handled."""
    try:
        try:
            raise UsageError("n is 0")
        except UsageError as error:
            if "cause" in settings:
                raise KeyError("x") from (error if settings["cause"] else None)
            raise KeyError("x")  # noqa: B904 - as jsonargparse does
    except KeyError as error:
        return error


@pytest.mark.parametrize("settings", [{}, {"cause": True}])
def test_the_cause_of_an_error_may_be_the_users(settings):
    assert str(error_of_user(raised(**settings))) == "n is 0"


def test_a_fault_that_has_no_cause_is_not_the_users():
    assert error_of_user(raised(cause=False)) is None
