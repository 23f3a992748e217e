"""One module a kind of value: pure functions that return what was typed in its normal form, or refuse it."""

__all__ = ["CheckFailed"]


class CheckFailed(ValueError):
    """A value that a check refused.

    `code` is stable snake_case, for programs; `message` is plain words for the applicant, without control
    characters. A check of a secret puts nothing of what was typed into either.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
