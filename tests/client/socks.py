"""A SOCKS 5 relay (RFC 1928, RFC 1929) on this machine, which leads every name to one target, as a tunnel would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.client.faulty import listening


@dataclass
class Relay:
    """`asked` are the places that were asked for, by name or by address; `signed_in` the users and passwords given."""

    place: str
    asked: list[tuple[str, int]] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)


async def _read_text(reader: asyncio.StreamReader) -> str:
    return (await reader.readexactly((await reader.readexactly(1))[0])).decode()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@asynccontextmanager
async def socks_relay(target: str, *, refuses: bool = False) -> AsyncIterator[Relay]:
    """A relay that passes every connection on to `target`, or `refuses` them all."""
    to = urlsplit(target)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02" if 2 in methods else b"\x05\x00")
        if 2 in methods:
            await reader.readexactly(1)
            relay.signed_in.append((await _read_text(reader), await _read_text(reader)))
            writer.write(b"\x01\x00")
        *_, kind = await reader.readexactly(4)
        if kind == 3:
            host = await _read_text(reader)
        else:
            host = ".".join(map(str, await reader.readexactly(4 if kind == 1 else 16)))
        relay.asked.append((host, int.from_bytes(await reader.readexactly(2))))
        writer.write(b"\x05" + (b"\x02" if refuses else b"\x00") + b"\x00\x01\x00\x00\x00\x00\x00\x00")
        if refuses:
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to.port)
        try:
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            far_writer.close()

    async with listening(speak) as there:
        relay = Relay(there.url.removeprefix("http://"))
        yield relay
