"""An applicant's contact for support: an email address or a United States telephone number."""

from . import CheckFailed
from .email import check_email
from .keyboard import half_width
from .lengths import EMAIL, check_length
from .phone import check_us_phone
from .text import quoted

__all__ = ["check_contact"]

# With these codes the two checks say only that the value is of another kind, or that it is several.
_SOMETHING_ELSE = frozenset({"email_space", "phone_length", "phone_shape"})


def check_contact(value: str) -> str:
    """Return an email address as `check_email` does, or a phone number as `check_us_phone` does.

    Raises CheckFailed: `too_long`, `empty`, `contact_shape`, or another code of the check that applies.
    """
    typed = half_width(check_length(value, EMAIL)).strip()
    if not typed:
        raise CheckFailed("empty", "Fill this in: an e-mail address or a US phone number.")
    try:
        return check_email(typed) if "@" in typed else check_us_phone(typed)
    except CheckFailed as failed:
        if failed.code not in _SOMETHING_ELSE:
            raise
    message = "is not an e-mail address or a US phone number. Give one, such as name@example.com or 217-555-0134."
    raise CheckFailed("contact_shape", f"{quoted(typed)} {message}")
