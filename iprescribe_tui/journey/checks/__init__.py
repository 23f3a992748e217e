"""One module a kind of value: pure functions that take what was typed and return it normalised or refuse it."""

__all__ = ["CheckFailed"]


class CheckFailed(ValueError):  # noqa: N818 - it says what happened; a refusal is no error of the program
    """A value that a check refused.

    `code` is stable snake_case, for programs; `message` is plain words for the applicant, without control
    characters. A check of a secret puts nothing of what was typed into either.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
