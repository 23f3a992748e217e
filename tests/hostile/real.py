"""Answers that the sandbox gave to real walks: each kind of view, each refusal, each other message, once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import PASSWORD, RunningSandbox, running

Json = dict[str, Any]

WRONG = {"username": "taken", "password": PASSWORD, "password_again": PASSWORD}
"""No step's answer: of each field something is wrong."""

SUPPORT = {"category": "photos", "message": "The list is empty.", "contact": "a@example.com"}


@dataclass
class Answers:
    """What was heard: views by kind and step, refusals by step and code, the rest by their own names."""

    views: dict[tuple[str, str], Json] = field(default_factory=dict)
    refusals: dict[tuple[str, str], Json] = field(default_factory=dict)
    service: Json = field(default_factory=dict)
    outbox: Json = field(default_factory=dict)
    evidence: Json = field(default_factory=dict)
    support: Json = field(default_factory=dict)

    def hear(self, answer: httpx.Response) -> None:
        """Take note of one."""
        answer.read()
        path = answer.request.url.path
        if not answer.content or "json" not in answer.headers.get("content-type", ""):
            return
        body = answer.json()
        if "problem" in answer.headers["content-type"]:
            step = path.rpartition("/")[2] if "/steps/" in path else ""
            self.refusals.setdefault((step, body["code"]), body)
        elif path.endswith("/service"):
            self.service = body
        elif path.endswith("/outbox"):
            self.outbox = body
        elif "/evidence/" in path:
            self.evidence = body
        elif path.endswith("/support-requests"):
            self.support = body
        else:
            view = body.get("view", body)
            self.views.setdefault((view["kind"], view.get("step", "")), view)


@contextmanager
def _heard(folder: Path, answers: Answers, **how: Any) -> Iterator[RunningSandbox]:
    with running(folder, **how) as sandbox:
        sandbox.http.event_hooks = {"response": [answers.hear]}
        yield sandbox


def real_answers(folder: Path) -> Answers:
    """Walk every way through a sandbox, and answer each step wrongly once."""
    heard = Answers()
    with _heard(folder / "native", heard) as sandbox:
        sandbox.call("GET", "/v1/service")
        sandbox.call("POST", "/v1/support-requests", json=SUPPORT)
        for method in ("text", "app"):
            walk = sandbox.start(PERSONA_NPIS["happy" if method == "text" else "happy_two"], method=method)
            while walk.view["kind"] != "done":
                walk.answer(STEPS[walk.view["step"]], **WRONG)
                if walk.view["step"] in (Step.DOCUMENT, Step.SELFIE):
                    walk.post("handoffs", {})
                    walk.look()
                    walk.back()
                walk.go_on()
        sandbox.registration_at(Step.MFA_CODE, "idme_existing", account="existing")
        sandbox.registration_at(Step.PRACTICE, "locked").go_on()
        sandbox.registration_at(Step.SELFIE, "ended").go_on()
    with _heard(folder / "hosted", heard, proofing="hosted") as sandbox:
        sandbox.registration_at(Step.IDME_LAUNCH)
    return heard


def as_json(document: Json) -> bytes:
    """A document as it travels."""
    return json.dumps(document).encode()
