"""Which modules decide something, and which tests are to notice a change to each: the nearest first, and none is slow.

A package stands for those of its modules that have no line of their own.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from iprescribe_tui import client, photos
from iprescribe_tui.client import clock, decode, probe, proxies, received, session, transport, trust, uploads
from iprescribe_tui.flow import drafts, flow, idle, local_state, outcomes, tokens, wait_clock
from iprescribe_tui.front_ends.automation import answers_source
from iprescribe_tui.front_ends.plain import front_end as prompts
from iprescribe_tui.front_ends.tui import early_input, front_end
from iprescribe_tui.journey import checks
from iprescribe_tui.journey.checks import (
    address,
    address_boxes,
    address_words,
    birth_date,
    city,
    code,
    contact,
    email,
    name,
    npi,
    password,
    phone,
    photo,
    photo_format,
    picture,
    ssn,
    state,
    username,
    zip_code,
)
from iprescribe_tui.photos import (
    back_of_id,
    barcode,
    bars,
    cache,
    containers,
    files,
    fingerprints,
    grids,
    heif,
    marking,
    outgoing,
    paths,
    preview,
    review,
    unpacking,
)
from iprescribe_tui.sandbox.api import idempotency
from iprescribe_tui.sandbox.domain import (
    accounts,
    checking,
    context,
    evidence,
    handoffs,
    id_scan,
    limits,
    message_limits,
    outbox,
    policy,
    registry,
    sessions,
    steps,
    transitions,
)
from iprescribe_tui.sandbox.domain.steps import account, codes, consent, idme, proofing, second_factor
from iprescribe_tui.sandbox.domain.steps import photos as photo_steps

_CHECKS: Final = (
    "journey/test_checks_text.py journey/test_checks_person.py journey/test_checks_numbers.py "
    "journey/test_checks_contact.py"
)
_PHOTOS: Final = "photos/test_formats.py photos/test_quality.py photos/test_cleaning.py photos/test_orientation.py"
_BACKENDS: Final = "client/test_faulty_backends.py client/test_sessions.py"
_STEPS: Final = "sandbox/test_order.py sandbox/test_back.py sandbox/test_walks.py sandbox/test_routes.py"
_SCREENS: Final = (
    "flow/test_idle.py flow/test_drafts.py front_ends/test_nothing_lost.py front_ends/test_idle.py "
    "front_ends/test_two_terminals.py"
)

JUDGES: Final[Mapping[ModuleType, str]] = {
    checks: _CHECKS,
    **dict.fromkeys((npi, ssn, code), "journey/test_checks_numbers.py journey/test_checks_text.py"),
    **dict.fromkeys((city, contact, email, phone, state, zip_code), "journey/test_checks_contact.py"),
    **dict.fromkeys((birth_date, name, password, username), "journey/test_checks_person.py"),
    **dict.fromkeys(
        (address, address_boxes, address_words), "journey/test_checks_address.py journey/test_checks_text.py"
    ),
    **dict.fromkeys((photo, photo_format, picture), "journey/test_checks_photo.py photos/test_formats.py"),
    client: f"{_BACKENDS} client/test_against_sandbox.py client/test_photos.py hostile/test_lists.py",
    back_of_id: "front_ends/test_barcode.py photos/test_cache.py",
    session: f"{_BACKENDS} client/test_against_sandbox.py front_ends/test_two_terminals.py",
    decode: f"{_BACKENDS} client/test_hostile_answers.py hostile/test_contract.py",
    uploads: "client/test_photos.py client/test_uploads.py",
    cache: "photos/test_cache.py",
    clock: _BACKENDS,
    review: "client/test_photos.py front_ends/test_doubted_photos.py",
    outgoing: "client/test_paths.py client/test_photos.py client/test_uploads.py",
    probe: "cli/test_doctor.py",
    proxies: "client/test_proxies.py",
    received: f"{_BACKENDS} hostile/test_addresses.py",
    transport: f"{_BACKENDS} client/test_trust.py client/test_proxies.py client/test_uploads.py",
    trust: "client/test_trust.py client/test_older_authorities.py",
    flow: f"{_SCREENS} hostile/test_lists.py plain/test_walk.py",
    outcomes: f"{_SCREENS} hostile/test_lists.py plain/test_walk.py",
    local_state: f"{_SCREENS} plain/test_prompts.py terminal/test_ends.py",
    idle: "flow/test_idle.py front_ends/test_idle.py plain/test_idle.py",
    drafts: "flow/test_draft_files.py flow/test_drafts.py front_ends/test_tokens_and_memory.py",
    tokens: "flow/test_tokens.py",
    wait_clock: "flow/test_idle.py plain/test_prompts.py terminal/test_trouble.py",
    answers_source: (
        "automation/answers/test_at_the_screens.py automation/answers/test_doubted_photos.py "
        "automation/answers/test_without_screens.py"
    ),
    early_input: "front_ends/test_refused_values.py front_ends/test_nothing_lost.py front_ends/test_keys.py",
    front_end: f"{_SCREENS} front_ends/test_keys.py front_ends/test_photos_here.py",
    prompts: "plain/test_prompts.py plain/test_idle.py plain/test_walk.py plain/test_phone.py",
    accounts: "sandbox/test_sessions.py",
    checking: f"sandbox/test_problems.py {_STEPS}",
    transitions: f"{_STEPS} sandbox/test_limits.py sandbox/test_handoffs.py",
    handoffs: "sandbox/test_handoffs.py sandbox/test_phone_doubts.py",
    idempotency: "sandbox/test_idempotency.py sandbox/test_sessions.py",
    evidence: "sandbox/test_evidence.py sandbox/test_decoding.py",
    id_scan: "sandbox/test_barcode.py sandbox/test_personas.py",
    limits: "sandbox/test_limits.py sandbox/test_flooding.py",
    outbox: f"sandbox/test_content_messages.py {_STEPS}",
    policy: _STEPS,
    registry: "sandbox/test_registry.py sandbox/test_content_personas.py",
    message_limits: "sandbox/test_flooding.py sandbox/test_content_messages.py",
    sessions: "sandbox/test_sessions.py",
    context: f"{_STEPS} sandbox/test_limits.py",
    steps: _STEPS,
    account: f"sandbox/test_sessions.py sandbox/test_personas.py {_STEPS}",
    codes: f"sandbox/test_limits.py {_STEPS}",
    consent: f"sandbox/test_personas.py {_STEPS}",
    idme: f"sandbox/test_sessions.py {_STEPS} sandbox/test_handoffs.py",
    photo_steps: f"sandbox/test_evidence.py sandbox/test_barcode.py sandbox/test_personas.py {_STEPS}",
    proofing: f"sandbox/test_personas.py sandbox/test_limits.py {_STEPS}",
    second_factor: f"sandbox/test_limits.py {_STEPS} sandbox/test_flooding.py",
    photos: f"{_PHOTOS} photos/test_hostile.py photos/test_worker.py",
    barcode: "photos/test_barcode.py",
    bars: "photos/test_barcode.py photos/test_quality.py",
    files: "client/test_photos.py client/test_paths.py",
    fingerprints: "sandbox/test_evidence.py client/test_photos.py",
    **dict.fromkeys((grids, heif, unpacking), "photos/test_formats.py photos/test_orientation.py photos/test_large.py"),
    marking: "photos/test_marking.py",
    paths: "client/test_paths.py",
    preview: "front_ends/test_doubted_photos.py photos/test_marking.py",
    containers: f"{_PHOTOS} photos/test_hostile.py",
}


def judged() -> dict[Path, list[str]]:
    """Return the source of each module that decides, with its tests' paths below the folder of tests."""
    own = {module.__name__ for module in JUDGES}
    found: dict[Path, list[str]] = {}
    for module, tests in JUDGES.items():
        inside = [each.name for each in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}.")]
        for each in (module, *(import_module(dotted) for dotted in inside if dotted not in own)):
            assert each.__file__
            found[Path(each.__file__)] = tests.split()
    return found
