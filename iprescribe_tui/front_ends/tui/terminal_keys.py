"""Names of keys, as Textual calls them, for a terminal's escape sequences.

Sources: terminfo of the current terminal; kitty's keyboard protocol; xterm's modifyOtherKeys and its function keys for
VT220, SCO and Sun; PuTTY's "The Function keys and keypad". A sequence that is in none of them is no key.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from iprescribe_tui.front_ends.tui.terminal_bytes import AltToken, ControlToken, SequenceToken, TextToken
from iprescribe_tui.front_ends.tui.textual_internals import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS, name_of

MODIFIERS: Final = ("shift", "alt", "ctrl", "super", "hyper", "meta")
_PRESSED: Final = (None, "1", "2")
"""Kitty's events for a key pressed or repeated; 3 is its release."""

_CAPS_LOCK: Final = 64
_PRIVATE_USE: Final = range(0xE000, 0xF900)
_KEYPAD: Final = {57399 + number: str(number) for number in range(10)} | {
    57409: ".",
    57410: "/",
    57411: "*",
    57412: "-",
    57413: "+",
    57415: "=",
    57416: ",",
}
_TYPES_NOTHING: Final = re.compile(r".*_(lock|shift|control|alt|super|hyper|meta)|media_.*|.*_volume|kp_begin")
_NUMBER: Final = r"\d{0,7}"
_KEY: Final = re.compile(
    rf"\[(?P<code>{_NUMBER})(:(?P<shifted>{_NUMBER}))?(:{_NUMBER})?"
    rf"(;(?P<modifiers>{_NUMBER})(:(?P<event>\d))?(;(?P<text>[\d:]{{0,64}}))?)?(?P<final>[~uA-FHP-SZ])"
)
_SINGLE_SHIFT: Final = re.compile(r"O(1;)?(?P<modifiers>\d?)(?P<final>[A-FHP-S])")


def _numbered(form: str, first: int, names: str) -> dict[str, str]:
    return {form.format(first + place): name for place, name in enumerate(names.split())}


_F: Final = [f"f{number}" for number in range(1, 13)]
_KNOWN: Final = (
    {key[1:]: names for key, names in ANSI_SEQUENCES_KEYS.items() if re.match(r"\x1b[\[O].", key)}
    | {f"O{final}": name for final, name in zip("PQRSTUVWXYZ[", _F, strict=True)}  # VT100+
    | {f"[{final}": name for final, name in zip("MN", _F, strict=False)}  # SCO, with `_SCO`
    | {f"[{final}": name for final, name in zip("TUVWX", _F[7:], strict=True)}
    | _numbered("[{}z", 224, "f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12")  # Sun
    | _numbered("[{}z", 192, "f11 f12")
    | {"[214z": "home", "[220z": "end", "[216z": "pageup", "[222z": "pagedown", "[247z": "insert"}
    | {f"[{number:03}q": name for number, name in enumerate(_F, 1)}  # aixterm
)
_SCO: Final = {"[P": "f4", "[Q": "f5", "[R": "f6", "[S": "f7", "[L": "insert", "[G": "pagedown"}
"""SCO keys whose sequences mean others in kitty's protocol, in which no letter comes as itself."""

_ALT: Final = {"b": "ctrl+left", "f": "ctrl+right", "\x7f": "ctrl+w", "\t": "shift+tab"}
"""Alt+Left, Alt+Right and Alt+Backspace as many terminals send them, and Shift+Tab of the Linux console."""


class TerminalKey(NamedTuple):
    """Key by Textual's name, and the character that it types, if any."""

    name: str
    character: str | None = None

    def __repr__(self) -> str:
        return "TerminalKey(…)"


class KeyReader:
    """Translator of tokens into keys. `described`: terminfo's sequences for this terminal, without ESC."""

    def __init__(self, described: dict[str, str]) -> None:
        self._described = described
        self._letters_come_as_themselves = False

    def keys(self, token: TextToken | ControlToken | AltToken | SequenceToken) -> Iterator[TerminalKey]:
        """Yield the keys of `token`; none for a report, a released key, a lock, or an unknown sequence."""
        match token:
            case TextToken(text):
                self._letters_come_as_themselves = True
                yield from typed(text)
            case ControlToken(byte):
                yield _named(chr(byte))
            case AltToken(character):
                yield TerminalKey(_ALT.get(character) or _with(["alt"], _named(character).name))
            case SequenceToken(body, alt):
                for key in self._of_sequence(body):
                    yield TerminalKey(_with(["alt"], key.name), None) if alt else key

    def _of_sequence(self, body: str) -> Iterator[TerminalKey]:
        special = _SCO if self._letters_come_as_themselves else {}
        if name := self._described.get(body) or special.get(body):
            yield TerminalKey(name)
        elif match := _KEY.fullmatch(body):
            yield from _reported(match, body)
        elif match := _SINGLE_SHIFT.fullmatch(body):
            modifiers = int(match["modifiers"] or 1)
            yield from _functional(f"1{match['final']}", modifiers, None)
        else:
            yield from _listed(body)


def typed(text: str) -> Iterator[TerminalKey]:
    """Yield a key for each character of `text` except C1 controls and surrogates."""
    for character in text:
        if not ("\x80" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"):
            yield _named(character)


def described_keys() -> dict[str, str]:
    """Return terminfo's function and cursor keys of this terminal. Call `setupterm` first."""
    try:
        import curses
    except ImportError:
        return {}
    names = {f"kf{number}": f"f{number}" for number in range(1, 13)}
    names |= {"khome": "home", "kend": "end", "kpp": "pageup", "knp": "pagedown", "kich1": "insert", "kdch1": "delete"}
    names |= {"kcuu1": "up", "kcud1": "down", "kcuf1": "right", "kcub1": "left", "kcbt": "shift+tab"}
    try:
        found = {name: curses.tigetstr(capability) for capability, name in names.items()}
    except curses.error:
        return {}
    return {
        sequence[1:].decode("latin-1"): name
        for name, sequence in found.items()
        if sequence and re.match(rb"\x1b[\[O].", sequence)
    }


def _named(character: str) -> TerminalKey:
    """Return the key of one character or control."""
    known = ANSI_SEQUENCES_KEYS.get(character)
    if isinstance(known, tuple):
        return TerminalKey(known[0].value, character)
    return TerminalKey(name_of(character), character)


def _with(modifiers: list[str], name: str) -> str:
    """Return `name` with `modifiers`, in Textual's order."""
    *own, key = name.split("+") if name != "+" else [name]
    return "+".join([*sorted({*modifiers, *own}), key])


def _listed(body: str) -> Iterator[TerminalKey]:
    """Yield the key or keypad character that the tables have for a sequence."""
    known = _KNOWN.get(body)
    if isinstance(known, tuple):
        if len(known) == 1 and known[0].value != "<ignore>":
            yield TerminalKey(known[0].value)
    elif isinstance(known, str):
        yield _named(known) if len(known) == 1 else TerminalKey(known)


def _reported(match: re.Match[str], body: str) -> Iterator[TerminalKey]:
    """Yield a key reported by kitty's protocol or xterm: code, modifiers, event, and text."""
    code, modifiers, final, text = match["code"], int(match["modifiers"] or 1), match["final"], match["text"]
    if match["event"] not in _PRESSED or not 1 <= modifiers <= 256:
        return
    if final == "~" and code == "27" and text:  # modifyOtherKeys
        code, final, text = text, "u", None
    if final == "u" and code.isdigit():
        yield from _of_code(int(code), match["shifted"], modifiers, text)
    elif final == "R" and match["modifiers"] and modifiers == 1:
        return  # cursor position report, first line
    elif final == "Z":
        yield TerminalKey("shift+tab")
    elif final == "~" or code in ("", "1"):
        found = list(_functional(f"{code or 1}{final}", modifiers, text))
        yield from found or _listed(body)
    else:
        yield from _listed(body)


def _functional(coded: str, modifiers: int, text: str | None) -> Iterator[TerminalKey]:
    name = FUNCTIONAL_KEYS.get(coded)
    if name and not _TYPES_NOTHING.fullmatch(name):
        yield TerminalKey(_with(_held(modifiers), name))


def _held(modifiers: int) -> list[str]:
    """Return the names of the held modifiers, without locks."""
    return [name for bit, name in enumerate(MODIFIERS) if (modifiers - 1) >> bit & 1]


def _of_code(code: int, shifted: str | None, modifiers: int, text: str | None) -> Iterator[TerminalKey]:
    """Yield a key by its code point, with the text that it types if the terminal reports it."""
    held = _held(modifiers)
    commands = {"ctrl", "super", "hyper", "meta"} & set(held) and "alt" not in held
    printable = "".join(chr(int(part)) for part in (text or "").split(":") if part and int(part) <= 0x10FFFF)
    printable = "".join(character for character in printable if character.isprintable())
    if code in _PRIVATE_USE and code not in _KEYPAD:
        yield from _functional(f"{code}u", modifiers, None)
    elif name := {27: "escape", 13: "enter", 9: "tab", 127: "backspace", 8: "backspace"}.get(code):
        yield TerminalKey(
            _with(held, name), {"enter": "\r", "tab": "\t", "backspace": "\x7f"}.get(name) if not held else None
        )
    elif printable and not commands:
        yield from typed(printable)
    elif code <= 0x10FFFF and (character := _KEYPAD.get(code) or chr(code)).isprintable():
        if {*held} <= {"shift"}:
            yield from typed(_shifted(character, shifted, modifiers))
        else:
            yield TerminalKey(_with(held, _named(character).name))


def _shifted(character: str, shifted: str | None, modifiers: int) -> str:
    """Return `character` with Shift and Caps Lock applied, unless the terminal reports `shifted`."""
    is_shifted, is_locked = bool(modifiers - 1 & 1), bool(modifiers - 1 & _CAPS_LOCK)
    if is_shifted and shifted and int(shifted) <= 0x10FFFF and chr(int(shifted)).isprintable():
        return chr(int(shifted))
    upper = character.upper()
    return upper if len(upper) == 1 and is_shifted != is_locked else character
