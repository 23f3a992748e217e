"""Registrations of those who attack: with them they come further than a stranger."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from iprescribe_tui.journey.steps import Step
from tests.backend import NO_TLS, RunningSandbox, TestClock, Walk
from tests.hostile.hour.people import providers

STEPS: Final = (Step.CREDENTIALS, Step.PERSONAL, Step.PRACTICE, Step.MFA_CODE, Step.DOCUMENT, Step.SSN)
"""Where they wait."""

LASTS: Final = 300
"""Seconds after which tokens are renewed: they are good for ten minutes."""


@dataclass(frozen=True)
class Villain:
    """One registration of the attackers: where it stands, and what opens it."""

    id: str
    access: str
    revision: int
    npi: str


@dataclass
class Gang:
    """Registrations that wait at the steps at which bad values can be sent, and a refresh token that was used."""

    walks: dict[Step, Walk]
    used_refresh: str

    def renew(self) -> None:
        """Have other tokens; where a connection is lost, the former are kept."""
        for walk in self.walks.values():
            with suppress(httpx.TransportError):
                answer = walk.sandbox.call("POST", "/v1/tokens", json={"refresh_token": walk.refresh})
                if answer.status_code == 200:
                    walk.take(answer.json())

    def keep_renewing(self, over: threading.Event) -> None:
        """Renew in a thread, until it is over."""

        def run() -> None:
            while not over.wait(LASTS):
                self.renew()

        threading.Thread(target=run, name="tokens", daemon=True).start()

    def at(self, step: Step) -> Villain:
        """The registration that waits at `step`."""
        walk = self.walks[step]
        return Villain(walk.id, walk.access, walk.view["revision"], walk.npi)

    def any(self, dice: random.Random) -> Villain:
        """One of the registrations."""
        return self.at(dice.choice(list(self.walks)))


@contextmanager
def gathered(url: str, key: str, folder: Path) -> Iterator[Gang]:
    """Those who attack the sandbox at `url`, at their steps, with the last of the registry's prescribers."""
    with httpx.Client(base_url=url, verify=NO_TLS, trust_env=False, timeout=60) as http:
        sandbox = RunningSandbox(url, key, TestClock(), folder, None, http)  # type: ignore[arg-type]  # another process has it
        free = [provider.npi for provider in providers()[-len(STEPS) - 1 :]]
        walks = {
            step: sandbox.start(npi, phone=f"815-555-01{10 + at}").to(step)
            for at, (step, npi) in enumerate(zip(STEPS, free, strict=False))
        }
        used = sandbox.start(free[-1]).refresh
        for _ in range(2):
            sandbox.call("POST", "/v1/tokens", json={"refresh_token": used})
        yield Gang(walks, used)
