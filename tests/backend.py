"""A running sandbox for tests, over real HTTP, and somebody who walks through it to any step.

`RunningSandbox` is a server in a thread, on a loopback port of its own, with a clock that tests move. `Walk` is one
registration in it: `walk.to(Step.SSN)` answers everything before that step as a person would.
"""

import asyncio
import base64
import hashlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import pyotp
from PIL import Image

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.listening import bound
from iprescribe_tui.sandbox.api.serve import backend_in
from iprescribe_tui.sandbox.api.uvicorn_server import SandboxServer
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.drawing import Sheet, barcode
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.happy import filled, text_at

Json = dict[str, Any]

KEY = "the-key-of-the-sandbox-in-tests"
PASSWORD = text_at(Step.CREDENTIALS, "password")
IDME_PASSWORD = text_at(Step.IDME_SIGN_UP, "password")
SSN = text_at(Step.SSN, "ssn")
SPECIALTY = "Family Medicine Physician"


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Let time pass: `advance(minutes=5)`."""
        self.now += timedelta(**by)


@dataclass
class RunningSandbox:
    """A sandbox that accepts connections at `url`; `folder` is where it keeps its things."""

    url: str
    key: str
    clock: TestClock
    folder: Path
    backend: Backend
    http: httpx.Client

    def call(self, method: str, path: str, *, token: str = "", key: str = "", **more: Any) -> httpx.Response:
        """One request; a POST gets an Idempotency-Key of its own unless `key` gives one."""
        headers: dict[str, str] = dict(more.pop("headers", {}))
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        if method == "POST":
            headers.setdefault("Idempotency-Key", key or str(uuid4()))
        return self.http.request(method, path, headers=headers, **more)

    def messages(self) -> list[Json]:
        """What was sent, newest first."""
        answer = self.http.get("/v1/sandbox/outbox", headers={"Sandbox-Key": self.key})
        assert answer.status_code == 200, answer.text
        messages: list[Json] = answer.json()["messages"]
        return messages

    def newest(self, to: str = "") -> Json:
        """The newest message, of those that went `to` an address or number."""
        return next(message for message in self.messages() if to in ("", message["to"]))

    def follow(self, message: Mapping[str, Any]) -> httpx.Response:
        """Open the link of a message."""
        return self.call("POST", f"/v1/sandbox/outbox/{message['id']}/follow", headers={"Sandbox-Key": self.key})

    def start(self, npi: str = PERSONA_NPIS["happy"], **ways: Any) -> "Walk":
        """Begin a registration."""
        answer = self.call("POST", "/v1/registrations", json={"npi": npi})
        assert answer.status_code == 201, answer.text
        return Walk(self, npi, **ways).entered(answer.json())

    def registration_at(self, step: Step, persona: str = "happy", **ways: Any) -> "Walk":
        """A registration that has come to `step`; `ways` are those of `Walk`."""
        return self.start(PERSONA_NPIS[persona], **ways).to(step)


@dataclass
class Walk:
    """One registration, and how its applicant answers.

    `account`: an ID.me account is created, or one that exists is signed in to (existing, verified).
    `method`: the second factor. `answers` replace what would be answered at a step.
    """

    sandbox: RunningSandbox
    npi: str = PERSONA_NPIS["happy"]
    account: Literal["create", "existing", "verified"] = "create"
    method: Literal["text", "call", "app"] = "text"
    phone: str = text_at(Step.MFA_PHONE, "phone")
    name: str = ""
    answers: Mapping[Step, Json] = field(default_factory=dict)
    id: str = ""
    access: str = ""
    refresh: str = ""
    fresh_at: datetime | None = None
    view: Json = field(default_factory=dict)
    totp_secret: str = ""
    recovery_code: str = ""
    steps: list[str] = field(default_factory=list)

    def entered(self, session: Json) -> "Walk":
        """Take over view and tokens of a session."""
        self.take(session["tokens"])
        self.id = session["view"]["registration"]
        self.seen(session["view"])
        return self

    def take(self, tokens: Json) -> None:
        """Go on with these tokens."""
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]
        self.fresh_at = self.sandbox.clock()

    def token(self) -> str:
        """An access token that is good now, as a client would see to it."""
        assert self.fresh_at is not None
        if self.sandbox.clock() - self.fresh_at >= timedelta(minutes=10):
            answer = self.sandbox.call("POST", "/v1/tokens", json={"refresh_token": self.refresh})
            assert answer.status_code == 200, answer.text
            self.take(answer.json())
        return self.access

    def seen(self, view: Json) -> Json:
        """Note a view, and the secrets that it reveals."""
        self.view = view
        reveal = view.get("reveal", {})
        self.totp_secret = reveal.get("totp_secret", self.totp_secret)
        self.recovery_code = reveal.get("recovery_code", self.recovery_code)
        if view.get("step") and (not self.steps or self.steps[-1] != view["step"]):
            self.steps.append(view["step"])
        return view

    @property
    def user(self) -> str:
        """What makes this applicant's names their own."""
        return self.name or f"user{self.npi}"

    @property
    def email(self) -> str:
        """The applicant's e-mail."""
        return f"{self.user}@example.com"

    # Calls.

    def get(self, **headers: str) -> httpx.Response:
        """Ask where the registration is."""
        return self.sandbox.call("GET", f"/v1/registrations/{self.id}", token=self.token(), headers=headers, timeout=40)

    def look(self) -> Json:
        """Where the registration is."""
        answer = self.get()
        assert answer.status_code == 200, answer.text
        return self.seen(answer.json())

    def post(self, path: str, body: Json, *, revision: int | None = None, key: str = "") -> httpx.Response:
        """POST below the registration, on the revision that was seen last."""
        shown = self.view["revision"] if revision is None else revision
        return self.sandbox.call(
            "POST",
            f"/v1/registrations/{self.id}/{path}",
            token=self.token(),
            key=key,
            json=body,
            headers={"If-Match": f'"{shown}"'},
        )

    def answer(self, step: Step, **answers: Any) -> httpx.Response:
        """Answer a step; the view that comes back, if any, is noted."""
        response = self.post(f"steps/{step}", answers)
        body = response.json()
        if view := (body if response.status_code == 200 else body.get("current")):
            self.seen(view)
        return response

    def submit(self, step: Step, **answers: Any) -> Json:
        """Answer a step well."""
        response = self.answer(step, **answers)
        assert response.status_code == 200, f"{step}: {response.text}"
        return self.view

    def back(self, to: Step | None = None) -> httpx.Response:
        """Go back."""
        response = self.post("back", {"to": to.value if to else None})
        if response.status_code == 200:
            self.seen(response.json())
        return response

    def resend(self, step: Step) -> httpx.Response:
        """Have a code or link sent again."""
        response = self.post(f"steps/{step}/resend", {})
        if response.status_code == 200:
            self.seen(response.json())
        return response

    def upload(self, slot: str, photo: bytes | None = None, content_digest: str | None = None) -> httpx.Response:
        """Send a photo, with its own digest or another."""
        content = picture(slot) if photo is None else photo
        return self.sandbox.call(
            "PUT",
            f"/v1/registrations/{self.id}/evidence/{slot}",
            token=self.token(),
            content=content,
            headers={
                "Content-Digest": digest(content) if content_digest is None else content_digest,
                "Content-Type": "image/jpeg",
            },
        )

    def evidence(self, slot: str) -> str:
        """Send a photo well; its id."""
        response = self.upload(slot)
        assert response.status_code == 200, response.text
        return str(response.json()["id"])

    # Walking.

    def to(self, step: Step) -> "Walk":
        """Answer every step until `step` is reached."""
        for _ in range(40):
            if self.view.get("step") == step and self.view["kind"] in ("form", "waiting", "handoff", "done"):
                return self
            assert "step" in self.view, f"ended on the way to {step}: {self.view}"
            before = self.view["step"]
            self.go_on()
            assert self.view.get("step") != before, f"stuck at {before}: {self.view}"
        raise AssertionError(f"{step} was not reached")

    def go_on(self) -> Json:
        """Answer the step that is shown, as this applicant does."""
        step = Step._value2member_map_[self.view["step"]]
        assert isinstance(step, Step)
        if step is Step.PHONE_LINK:
            assert self.sandbox.follow(self.sandbox.newest()).status_code == 204
            return self.look()
        return self.submit(step, **self.answers_to(step))

    def answers_to(self, step: Step) -> Json:
        """What this applicant answers at a step."""
        if step in self.answers:
            return dict(self.answers[step])
        seed = SEED_IDME[1] if self.account == "verified" else SEED_IDME[0]
        if step is Step.IDME_SIGN_IN:
            return {"email": seed.email, "password": seed.password}
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            return {"code": self.code()}
        if step is Step.DOCUMENT:
            return {"kind": "drivers_license", "front": self.evidence("front"), "back": self.evidence("back")}
        if step is Step.SELFIE:
            return {"photo": self.evidence("photo")}
        if step is Step.LICENSE_REVIEW:
            shown = self.view["prefill"]
            typed = {"license_number": "SB099999", "issuing_state": "IL", "specialty": SPECIALTY}
            return {"npi": self.npi, **typed, **shown}
        return self.plain_answers(step)

    def plain_answers(self, step: Step) -> Json:
        """What they answer where neither code nor photo nor licence is asked for: as `happy`, in their own name."""
        own: Json = {"npi": self.npi, "username": self.user, "email": self.email, "specialty": SPECIALTY}
        own |= {"role": "doctor_or_dentist", "first_name": "Amelia", "last_name": "Hartwell"}
        own["account"] = "create" if self.account == "create" else "have"
        if step is Step.MFA_CHOICE:
            own["method"] = self.method
        if step in (Step.MFA_PHONE, Step.PHONE_MATCH):
            own["phone"] = self.phone
        return filled(step, own)

    def code(self) -> str:
        """The newest code, from the outbox or the app."""
        if self.view["step"] == Step.MFA_CODE and self.method == "app" and self.account == "create":
            return pyotp.TOTP(self.totp_secret).at(self.sandbox.clock())
        return str(self.sandbox.newest()["code"])


def digest(content: bytes) -> str:
    """`Content-Digest` of RFC 9530."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


@cache
def picture(name: str) -> bytes:
    """A picture that passes the checks, another one for each name: a sharp, well lit patchwork.

    The back of an ID has a barcode, which says until when it is valid and nothing else.
    """
    patches = hashlib.shake_256(name.encode()).digest(120 * 80 * 3)
    image, out = Image.frombytes("RGB", (120, 80), patches).resize((960, 640), Image.Resampling.NEAREST), io.BytesIO()
    if name.startswith("back"):
        sheet = Sheet((480, 120), (243, 243, 238))
        barcode(sheet, (0, 0, 480, 120), "@\n\x1e\rANSI 636035080001DL00310014DLDBA04302099\r")
        image.paste(sheet.image, (0, 400))
    image.save(out, "JPEG")
    return out.getvalue()


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Certificates are loaded by nobody who speaks plain HTTP."""


class PromptServer(SandboxServer):
    """Stops when it is told, not when it next looks: thousands of tests start and stop one."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        """Look around ten times a second, until told to stop."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.1)

    def stop(self) -> None:
        """Tell it, from any thread; it may not have begun."""
        self.should_exit = True
        if self.listening.is_set():
            self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def running(
    folder: Path,
    *,
    clock: TestClock | None = None,
    database: str | None = None,
    proofing: Literal["native", "hosted"] = "native",
    smtp: str | None = None,
    local: bool = False,
    phone_url: str = "",
    names_folder: bool = False,
) -> Iterator[RunningSandbox]:
    """A sandbox in a thread, for as long as the block runs."""
    timer = clock or TestClock()
    listener, url = bound("127.0.0.1", 0)
    with listener:
        backend = backend_in(
            folder,
            url,
            phone_url=phone_url,
            clock=timer,
            database=database,
            proofing=proofing,
            smtp=smtp,
            local=local,
            names_folder=names_folder,
        )
        server = PromptServer(backend, KEY)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox under test")
        thread.start()
        try:
            assert server.listening.wait(20), "the sandbox did not start"
            # A connection for each call: the server closes an idle one just when a slow test comes back to it.
            single = httpx.Limits(max_keepalive_connections=0)
            with httpx.Client(base_url=url, verify=NO_TLS, trust_env=False, timeout=20, limits=single) as http:
                yield RunningSandbox(url, KEY, timer, folder, backend, http)
        finally:
            server.stop()
            thread.join(10)
            backend.store.close()
            assert not thread.is_alive(), "the sandbox did not stop"


def until(holds: Any, what: str, seconds: float = 10) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.02)
