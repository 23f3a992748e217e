"""Real answers of the backend with hostile words in each of their texts: the contract's models say where texts are."""

import json
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, SecretStr

from iprescribe_tui.journey import service_document, views
from iprescribe_tui.journey.fields import Option

Json = dict[str, Any]
Say = Callable[[str], str]
"""What is written into a text, by its place such as `Notice.text`."""

CORPUS = Path(__file__).parents[3] / "shared" / "corpora"

OURS = (
    "\x9b2Jeight bits",
    "\x9d0;title\x9c",
    "\x90+q544e\x9c",
    "\x1b]52;c;aGk=\x07",
    "\x1bP1$r0m\x1b\\",
    "\u202egnp.exe\u202c",
    "\u2066turned\u2069",
    "zero\u200bwidth\ufeff",
    "para\u2029graph",
    "tag\U000e0041",
    "back\x08\x08\x7f",
    "carriage\rreturn",
    "[/] [bold]x[/bold] [@click=app.quit]y[/] $accent",
)
"""Cases that no collection has: eight-bit controls, bidi, what takes no room, this library's own markup."""

DATA = frozenset({"registration", "oldest_client", "tokens", "id", "access_token", "refresh_token"})
"""Texts that are no words: they are sent back, or compared, and shown nowhere. Tests of their own spoil them."""

ADDRESSES = frozenset({"HandoffView.url", "Contact.url"})
"""Addresses to open: a hostile one is refused, or is no link and spelled otherwise. `test_addresses` spoils them."""

CODES = frozenset(
    {
        "Problem.code",
        "Problem.type",
        "Option.value",
        "Terms.key",
        "PasswordPolicy.blocklist",
        "PasswordPolicy.forbidden_words",
    }
)
"""Names by which the program chooses; a hostile one would only lead elsewhere."""


def cases() -> list[str]:
    """What a hostile server may say; without the collection beside the checkout the test is skipped."""
    path = CORPUS / "hostile.jsonl"
    if not path.exists():
        pytest.skip("no hostile cases beside the checkout")
    rows = [json.loads(line)["value"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [*dict.fromkeys(rows), *OURS]


def spoiled(model: type[BaseModel], document: Mapping[str, Any], say: Say) -> Json:
    """`document` with each text of `model` replaced, and one more made up where a list of messages is empty."""
    found = dict(document)
    for name, info in model.model_fields.items():
        place = _place(model, name)
        if name in DATA or place in CODES | ADDRESSES:
            continue
        if name in found and found[name] is not None:
            found[name] = _spoiled(info.annotation, found[name], place, say)
    return found


def _place(model: type[BaseModel], name: str) -> str:
    """A field by the class that declares it, such as `ViewBase.notices` for that of a form's view."""
    owner = next(each for each in reversed(model.__mro__) if name in vars(each).get("__annotations__", {}))
    return f"{owner.__name__}.{name}"


def _spoiled(kind: Any, value: Any, place: str, say: Say) -> Any:
    kind, arguments = _bare(kind)
    if kind in (Union, types.UnionType):
        if isinstance(value, dict):
            return spoiled(_of_union(arguments, value), value, say)
        return say(place) if isinstance(value, str) and any(_is_text(each) for each in arguments) else value
    if kind in (tuple, frozenset):
        if not value and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
            made = _made_up(arguments[0])
            value = [made] if made else []
        return [_spoiled(arguments[0], each, place, say) for each in value]
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return {name: _spoiled(arguments[1], each, place, say) for name, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return spoiled(kind, value, say)
    return say(place) if _is_text(kind) else value


def _bare(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without its annotations, and what it is made of."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    return get_origin(kind) or kind, get_args(kind)


def _is_text(kind: Any) -> bool:
    return _bare(kind)[0] in (str, SecretStr)


def _of_union(models: tuple[Any, ...], value: Json) -> type[BaseModel]:
    """The model of a tagged union that `value` is of."""
    found: type[BaseModel] = next(
        each
        for each in models
        if isinstance(each, type) and issubclass(each, BaseModel) and each.model_fields["kind"].default == value["kind"]
    )
    return found


def _made_up(model: type[BaseModel]) -> Json | None:
    """A message of `model` with texts that are still to be written; None where it needs more than texts."""
    needed = {name: info for name, info in model.model_fields.items() if info.is_required()}
    if not all(_is_text(info.annotation) for info in needed.values()):
        return None
    return dict.fromkeys(needed, "")


def places() -> set[str]:
    """Every place in the contract's answers where a server's text may stand."""
    named = {**vars(views), **vars(service_document)}
    wire = [each for each in named.values() if isinstance(each, type) and issubclass(each, views.Wire)]
    models: list[type[BaseModel]] = [*wire, Option]
    asked = (views.BackRequest, views.TokenRequest)
    found = set()
    for model in models:
        for name, info in model.model_fields.items():
            place = _place(model, name)
            if (
                model not in asked
                and name not in DATA
                and place not in CODES | ADDRESSES
                and _has_text(info.annotation)
            ):
                found.add(place)
    return found


def _has_text(kind: Any) -> bool:
    kind, arguments = _bare(kind)
    if kind is Literal:
        return False
    if kind is not None and isinstance(kind, type) and issubclass(kind, Mapping) and arguments:
        return _has_text(arguments[1])
    return _is_text(kind) or any(_has_text(each) for each in arguments)
