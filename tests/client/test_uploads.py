"""A photo of 16 MB over slow and broken lines: its progress is true, it can be stopped, and one copy arrives."""

import asyncio
import hashlib
import os
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import select

from iprescribe_tui.client import BackendTimeout, BackendUnreachable, Client, StepRejected, transport, uploads
from iprescribe_tui.front_ends.tui.widgets.upload_bar import UploadProgress
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.checks.picture import PictureFacts
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Evidence, Tokens
from iprescribe_tui.photos import outgoing
from iprescribe_tui.photos.outgoing import PhotoFile
from iprescribe_tui.sandbox.domain.evidence import folder_of
from iprescribe_tui.sandbox.store.tables import EvidenceRow
from tests.backend import RunningSandbox, digest, until
from tests.client.faulty import Memory, client_of, listening
from tests.client.sink import sink
from tests.faults.link import Link, link_to

MB = 1024 * 1024
HELD = 512 * 1024
"""Bytes that buffers between the client and the other end of the line may hold."""


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of nearly 16 MB."""
    path = noise(tmp_path_factory.mktemp("large") / "front.jpg", 2600)
    assert 15 * MB < path.stat().st_size <= 16 * MB
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One of nearly 3 MB."""
    return noise(tmp_path / "front.jpg", 1100)


def noise(path: Path, side: int) -> Path:
    """A picture that no compression makes small, of `side` × `side` pixels."""
    content = hashlib.shake_256(b"noise").digest(side * side * 3)
    Image.frombytes("RGB", (side, side), content).save(path, quality=95, subsampling=0)
    return path


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", 0.01)
    monkeypatch.setattr(transport, "LONGEST_BACKOFF", 0.02)


@pytest.fixture(autouse=True)
def _sent_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning makes photos smaller: here they are as large as a backend takes."""

    def as_it_is(path: Path, policy: PhotoPolicy) -> PhotoFile:
        facts = PictureFacts(width=2600, height=2600, brightness=0.5, sharpness=0.5, glare=0)
        content = os.open(path, os.O_RDONLY)
        return PhotoFile(path, path.stat().st_size, "image/jpeg", digest(path.read_bytes()), facts, b"", content)

    monkeypatch.setattr("iprescribe_tui.client.uploads.prepare_photo", as_it_is)


@pytest.fixture
def link(sandbox: RunningSandbox) -> Iterator[Link]:
    with link_to(sandbox.url) as between:
        yield between


@asynccontextmanager
async def at_the_document(sandbox: RunningSandbox, link: Link, timeout: float = 10) -> AsyncIterator[Client]:
    """Somebody who is asked for a photo of their ID, at the other end of the line."""
    walk = sandbox.registration_at(Step.DOCUMENT)
    kept = Memory()
    kept.kept[walk.id] = Tokens(
        access_token=SecretStr(walk.token()), refresh_token=SecretStr(walk.refresh), expires_in=600
    )
    async with client_of(link.url, timeout=timeout, tokens=kept) as client:
        await client.resume(walk.id)
        yield client


def stored(sandbox: RunningSandbox) -> list[Path]:
    """The photos' files that the backend has, whole or in part."""
    return list(folder_of(sandbox.backend).iterdir())


def one_copy(sandbox: RunningSandbox, evidence: Evidence) -> None:
    """The backend has that photo, once, and as it was announced."""
    with sandbox.backend.store.reading() as db:
        (row,) = db.scalars(select(EvidenceRow)).all()
    until(lambda: len(stored(sandbox)) == 1, "one file")
    content = stored(sandbox)[0].read_bytes()
    assert (row.id, row.digest, row.size) == (evidence.id, digest(content), len(content))
    assert (evidence.digest, evidence.size) == (digest(content), len(content))


@pytest.mark.matrix
async def test_progress_is_what_came_through(sandbox: RunningSandbox, link: Link, large: Path) -> None:
    link.speed = 12 * MB
    end = 0.0
    upload = UploadProgress()
    ahead: list[int] = []
    guesses: list[tuple[float, float]] = []

    def heard(sent: int, total: int) -> None:
        nonlocal end
        upload.heard(sent, total)
        end = time.monotonic()
        ahead.append(sent - link.passed)
        if upload.left is not None and total // 4 < sent < 3 * total // 4:
            guesses.append((time.monotonic(), upload.left))

    async with at_the_document(sandbox, link) as client:
        evidence = await client.upload("front", large, PhotoPolicy(), heard)
    assert max(ahead) < HELD, "bytes are said to be sent that are still here"
    assert upload.sent == upload.total == evidence.size
    assert all(0.4 < left / (end - then) < 1.5 for then, left in guesses), "the time that is left is far from true"
    one_copy(sandbox, evidence)


async def test_it_is_stopped_at_once_and_nothing_of_it_stays(sandbox: RunningSandbox, link: Link, large: Path) -> None:
    link.speed = 2 * MB
    stopped_at = 0.0
    async with at_the_document(sandbox, link) as client:

        def stop(sent: int, total: int) -> None:
            nonlocal stopped_at
            if sent > total // 8 and not stopped_at:
                assert stored(sandbox), "the backend has a part of it"
                stopped_at = time.monotonic()
                client.stop_upload()

        with pytest.raises(StepRejected) as caught:
            await client.upload("front", large, PhotoPolicy(), stop)
        assert time.monotonic() - stopped_at < 1
        assert caught.value.problem.code == "upload_stopped"
        await asyncio.to_thread(until, lambda: not stored(sandbox), "the part of the photo gone", 2)
        link.speed = None
        one_copy(sandbox, await client.upload("front", large, PhotoPolicy(), lambda *_: None))


@pytest.mark.matrix
async def test_cut_at_ten_points_one_copy_arrives(sandbox: RunningSandbox, link: Link, large: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    async with at_the_document(sandbox, link) as client:
        link.cuts = random.Random(seed).sample(range(1000, large.stat().st_size * 3 // 4), 10)
        evidence = await client.upload("front", large, PhotoPolicy(), lambda *_: None)
    assert not link.cuts, f"seed {seed}: not cut at {link.cuts}"
    one_copy(sandbox, evidence)


@pytest.mark.matrix
async def test_a_line_that_always_breaks_is_named(sandbox: RunningSandbox, link: Link, small: Path) -> None:
    async with at_the_document(sandbox, link) as client:
        link.cuts = [100_000] * 50
        with pytest.raises(BackendUnreachable, match="the connection was lost"):
            await client.upload("front", small, PhotoPolicy(), lambda *_: None)
        until(lambda: not stored(sandbox), "no part of it left")
        link.cuts = []
        one_copy(sandbox, await client.upload("front", small, PhotoPolicy(), lambda *_: None))


@pytest.mark.matrix
async def test_a_line_that_goes_silent_is_given_up_for_another(
    sandbox: RunningSandbox, link: Link, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "IN_FLIGHT", 0)
    async with at_the_document(sandbox, link, timeout=0.9) as client:
        connections = link.connections

        def heard(sent: int, total: int) -> None:
            link.stuck = link.connections == connections and sent > MB

        one_copy(sandbox, await client.upload("front", small, PhotoPolicy(), heard))
    assert link.connections > connections


async def test_a_line_on_which_nothing_moves_is_tried_three_times_and_named(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten tries are for a line that breaks: each of these costs half a minute in which nothing happens."""
    monkeypatch.setattr(uploads, "IN_FLIGHT", 0)
    tries = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        await reader.read()

    kept = Memory(r1=Tokens(access_token=SecretStr("a"), refresh_token=SecretStr("b"), expires_in=9))
    async with listening(silent) as there, client_of(there.url, timeout=0.6, tokens=kept) as client:
        await client._connection._open()
        await client.take_up("r1")
        with pytest.raises(BackendTimeout):
            await client.upload("front", small, PhotoPolicy(), lambda *_: None)
    assert tries == 3


async def test_its_memory_is_less_than_two_chunks(large: Path) -> None:
    kept = Memory(r1=Tokens(access_token=SecretStr("a"), refresh_token=SecretStr("b"), expires_in=9))
    with sink() as url:
        async with client_of(url, tokens=kept) as client:
            await client.take_up("r1")
            await client.upload("front", large, PhotoPolicy(), lambda *_: None)  # what is loaded once is loaded
            before, grown = 0, []

            def heard(sent: int, total: int) -> None:
                nonlocal before
                if sent == 0:
                    before, _ = tracemalloc.get_traced_memory()
                    tracemalloc.reset_peak()

            tracemalloc.start()
            try:
                for _ in range(3):
                    await client.upload("front", large, PhotoPolicy(), heard)
                    grown.append(tracemalloc.get_traced_memory()[1] - before)
            finally:
                tracemalloc.stop()
    # What else this process does meanwhile is counted too, in one of them or another.
    assert min(grown) < 2 * outgoing.CHUNK
