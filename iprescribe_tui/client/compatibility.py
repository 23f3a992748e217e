"""Compatibility of a backend with this program: its contract, and the oldest version that it serves."""

import re
from contextlib import suppress

from iprescribe_tui.client.decode import Response, document, model, refused
from iprescribe_tui.client.errors import NotOurBackend, StaleView, StepRejected, UpdateNeeded
from iprescribe_tui.client.received import received_service
from iprescribe_tui.client.session import version
from iprescribe_tui.journey.service_document import CONTRACT, ServiceDocument


def service_in(response: Response) -> ServiceDocument:
    """Return the service document in `response`, if this program can work with it.

    Raises NotOurBackend, UpdateNeeded, BackendFailed, TooManyRequests, UnexpectedAnswer.
    """
    if response.status != 200:
        with suppress(StepRejected, StaleView):
            refused(response)
        raise NotOurBackend(response.host, f"answered {response.status} when asked what it is")
    value = document(response)
    contract = value.get("contract") if isinstance(value, dict) else None
    if type(contract) is not int:
        raise NotOurBackend(response.host, "answered in JSON, but not as such a backend does")
    if contract != CONTRACT:
        older = "program" if contract > CONTRACT else "backend"
        raise UpdateNeeded(response.host, older, f"it speaks contract {str(contract)[:9]}, this program {CONTRACT}")
    service = model(response, value, ServiceDocument.model_validate)
    if _release(version()) < _release(service.oldest_client):
        raise UpdateNeeded(response.host, why=f"it asks for version {service.oldest_client[:20]} of this program")
    return received_service(service, response.host)


def _release(text: str) -> tuple[int, ...]:
    """Return a version as three numbers: "1.10" is later than "1.9", and equal to "1.10.0"."""
    return tuple([*map(int, re.findall("[0-9]{1,9}", text)), 0, 0, 0][:3])
