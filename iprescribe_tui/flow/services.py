"""Services of a registration: tokens, drafts, client, and the built-in sandbox."""

from collections.abc import Callable
from dataclasses import dataclass, field

from iprescribe_tui.client import BackendAddress, Client
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.idle import Presence
from iprescribe_tui.flow.tokens import TokenStore
from iprescribe_tui.system.settings import Settings


@dataclass(frozen=True)
class Services:
    """Services for one backend; `stop` ends the built-in sandbox, if any, and `notice` returns its notice."""

    settings: Settings
    tokens: TokenStore
    drafts: Drafts
    client: Client
    own_sandbox: bool
    stop: Callable[[], None] = field(default=lambda: None)
    presence: Presence = field(default_factory=Presence)
    notice: Callable[[], str | None] = field(default=lambda: None)


def build_services(settings: Settings) -> Services:
    """Return the services for `settings`; the built-in sandbox starts when its address is first needed."""
    tokens = TokenStore(settings.backend_name)
    drafts = Drafts(settings.state_dir, settings.backend_name)
    if settings.backend is None:
        from iprescribe_tui.flow.sandbox_process import SandboxProcess

        own = SandboxProcess(settings.state_dir)
        return Services(
            settings, tokens, drafts, Client(settings, tokens, own.address), True, own.stop, notice=own.notice
        )
    given = BackendAddress(settings.backend)

    async def address() -> BackendAddress:
        return given

    return Services(settings, tokens, drafts, Client(settings, tokens, address), False)
