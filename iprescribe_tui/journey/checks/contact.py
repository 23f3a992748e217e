"""How support reaches an applicant: an e-mail address or a telephone number of the United States."""

from . import CheckFailed
from .email import check_email
from .keyboard import half_width
from .lengths import EMAIL, check_length
from .phone import check_us_phone
from .text import quoted

__all__ = ["check_contact"]

# With these the two checks say no more than that it is not what they look for, or that it is several.
_SOMETHING_ELSE = frozenset({"email_space", "phone_length", "phone_shape"})


def check_contact(value: str) -> str:
    """Return an e-mail address as `check_email` does, or a phone number as `check_us_phone` does.

    Raises CheckFailed: `too_long`, `empty`, `contact_shape`, or why the one of the two that was meant cannot be used.
    """
    typed = half_width(check_length(value, EMAIL)).strip()
    if not typed:
        raise CheckFailed("empty", "Fill this in: an e-mail address or a US phone number.")
    try:
        return check_email(typed) if "@" in typed else check_us_phone(typed)
    except CheckFailed as failed:
        if failed.code not in _SOMETHING_ELSE:
            raise
    says = "is not an e-mail address or a US phone number. Give one, such as name@example.com or 217-555-0134."
    raise CheckFailed("contact_shape", f"{quoted(typed)} {says}")
