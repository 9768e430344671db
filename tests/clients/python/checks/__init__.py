"""The checks, by what they are about. Importing a module adds its checks."""

CHECKS = {}


def check(function):
    """Adds a check under its function's name."""
    assert function.__name__ not in CHECKS, f"two checks are named {function.__name__}"
    CHECKS[function.__name__] = function
    return function


# They import `check` from here, so they come last.
from . import asynchronous, calls, keys, media, people, recognitions, recordings, refusals, streams, transfers
