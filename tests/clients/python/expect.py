"""What a check says about what it found."""

from azure.core.exceptions import HttpResponseError


class Failed(Exception):
    """A check found something else than it should."""


def equal(what, actual, expected):
    if actual != expected:
        raise Failed(f"{what} is {actual!r}, not {expected!r}")


def true(what, holds):
    if not holds:
        raise Failed(what)


def refused(status, codes, action):
    """Runs an action which the service must refuse, and gives the library's error."""
    try:
        action()
    except HttpResponseError as error:
        equal("the status", error.status_code, status)
        true("the error has no body that the library can parse", error.error is not None)
        true(f"the code is {error.error.code!r}, not one of {codes}", error.error.code in codes)
        true("the error has no message", error.error.message)
        # Of the statuses with a class of their own the library keeps no model.
        if status not in (401, 404, 409):
            equal("the code of the model", error.model.error.code, error.error.code)
        return error
    raise Failed(f"it was not refused with {status}/{'/'.join(codes)}")
