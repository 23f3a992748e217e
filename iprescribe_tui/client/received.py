"""Preparation of received messages for display: addresses are judged, times converted to this clock."""

from urllib.parse import urlsplit

from iprescribe_tui.client.clock import WireT, on_this_clock
from iprescribe_tui.client.errors import UnsafeAddress
from iprescribe_tui.client.web_address import AddressRefused, check_address, unlinked
from iprescribe_tui.journey.service_document import Contact, ServiceDocument
from iprescribe_tui.journey.views import HandoffView
from iprescribe_tui.system.host_names import is_loopback


def received(message: WireT, host: str, date: str) -> WireT:
    """Return a view or problem from `host`, in a response of `date`, as it may be shown. Raises UnsafeAddress."""
    if isinstance(message, HandoffView) and (message.url or message.state in ("waiting", "opened")):
        message = message.model_copy(update={"url": _safe(message.url, host)})
    return on_this_clock(message, date)


def received_service(service: ServiceDocument, host: str) -> ServiceDocument:
    """Return the service document of `host` as it may be shown: an unsafe help address is no link, and is warned of."""
    contacts = {"support": service.support, "idme_help": service.idme_help}
    return service.model_copy(update={name: _judged(contact, host) for name, contact in contacts.items()})


def _safe(url: str, host: str) -> str:
    try:
        return check_address(url, local=_is_here(host))
    except AddressRefused as refused:
        raise UnsafeAddress(host, str(refused), unlinked(url)) from None


def _judged(contact: Contact, host: str) -> Contact:
    if not contact.url:
        return contact
    try:
        url = check_address(contact.url, local=_is_here(host))
    except AddressRefused as refused:
        url = f"{unlinked(contact.url)} (don't open this address: {refused})"
    return contact.model_copy(update={"url": url})


def _is_here(host: str) -> bool:
    """Return True if a backend, given as host and port, is on this machine."""
    return is_loopback(urlsplit(f"//{host}").hostname or "")
