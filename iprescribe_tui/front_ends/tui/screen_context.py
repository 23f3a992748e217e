"""Context of a step's screen besides its view."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iprescribe_tui.journey.fields import FieldValue
from iprescribe_tui.journey.service_document import ServiceDocument


@dataclass(frozen=True)
class ScreenContext:
    """Context of a screen besides its view: the service, whether it is a sandbox and its messages can be read,
    the backend's name, values typed before, notices, and the folder for files."""

    service: ServiceDocument | None = None
    sandbox: bool = False
    outbox: bool = False
    backend: str = ""
    typed: Mapping[str, FieldValue] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    state_dir: Path = Path()
