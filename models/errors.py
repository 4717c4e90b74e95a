"""What a user did or met that stops a command: one line, and the exit code it ends with."""


class Failure(Exception):
    """A message that says what, where and what to do; the command ends with `code`."""

    code = 2


class BadInput(Failure):
    """Wrong usage, a missing or unreadable file, bad configuration."""


class NothingFetched(Failure):
    """Every feed failed, and the caller insists on news."""

    code = 3


class WarehouseUnusable(Failure):
    """The warehouse is held by another process, or damaged."""

    code = 4


class WeightsUnusable(Failure):
    """The weights are missing or not what their manifest says."""

    code = 5
