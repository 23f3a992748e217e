"""Client of the backend, the only part of the program that talks to it; httpx is imported at the first call."""

from iprescribe_tui.client.api import Client
from iprescribe_tui.client.calls import BackendAddress
from iprescribe_tui.client.errors import (
    BackendCannotSave,
    BackendError,
    BackendFailed,
    BackendTimeout,
    BackendUnreachable,
    BackendUntrusted,
    ListMissing,
    NotOurBackend,
    SignedOut,
    StaleView,
    StepRejected,
    TooManyRequests,
    UnexpectedAnswer,
    UnsafeAddress,
    UpdateNeeded,
)

__all__ = [
    "BackendAddress",
    "BackendCannotSave",
    "BackendError",
    "BackendFailed",
    "BackendTimeout",
    "BackendUnreachable",
    "BackendUntrusted",
    "Client",
    "ListMissing",
    "NotOurBackend",
    "SignedOut",
    "StaleView",
    "StepRejected",
    "TooManyRequests",
    "UnexpectedAnswer",
    "UnsafeAddress",
    "UpdateNeeded",
]
