"""Checks, one module per kind of value: pure functions that return the normalized value or raise `CheckFailed`."""

__all__ = ["CheckFailed"]


class CheckFailed(ValueError):
    """A value that a check rejected.

    `code` is stable snake_case, for programs; `message` is for the applicant, without control characters. Neither
    contains any part of a secret that was checked.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
