"""Commented answers file, made from the forms: every step and field, with all values left to a person."""

import textwrap
from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo

from iprescribe_tui.flow.page_texts import LOCKED, RESUME, StaticPage
from iprescribe_tui.front_ends.automation.answers.lint import ALL_LISTED
from iprescribe_tui.front_ends.automation.answers.model import PAGES, SEND, THEN, TOP
from iprescribe_tui.front_ends.automation.answers.template_value import ASK, PLACEHOLDERS
from iprescribe_tui.journey.fields import Asked, Control, Option
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step

_Lists = Mapping[str, tuple[Option, ...]]
_HEAD = """\
Answers for iprescribe-tui. Fill in what you like, delete the rest, then: iprescribe-tui --answers THIS-FILE

The screens are filled in from here and sent, one after another. At the first step that this file has no whole \
answer for, and wherever an answer is refused, you go on by hand; so you do when you press any key.

Instead of an answer, or within it:"""
_MORE = """\
A file that holds passwords, codes or a Social Security number must be readable by you alone: chmod 600 THIS-FILE

A step that comes twice is answered twice: write [[ssn]] instead of [ssn], once for each time.
Besides its fields, every step may have
    use_on_file = true      takes over what is on file (the registry's address, sample pictures), as F3 does
    link = "{outbox}"       opens the link that the sandbox sent, where one is waited for
    then = "back"           does something else than to continue; it is one of"""
_NOTES = {
    RESUME.value: "Asked at the start, where a registration was left unfinished on this machine.",
    LOCKED.value: "It goes on by itself when the time is over.",
}
_TABLE_ALONE = "Nothing is filled in here: the table alone, without the #, says that it is continued."


def template(service: ServiceDocument | None) -> str:
    """Return the file as text that `load` accepts; short lists of `service` are spelled out."""
    lists = service.lists if service else {}
    then = {**THEN, "(a step's key)": 'the other way, or the "Change", that leads to that step'}
    lines = [*_comment(_HEAD), *_listed(PLACEHOLDERS, 6), "#", *_comment(_MORE), *_listed(then, 10), "", ""]
    lines += _comment(f"Codes can come from elsewhere than the sandbox: {TOP['outbox_command']}.")
    lines += ['# outbox_command = "print-newest-code --plain"', "#"]
    lines += _comment(f"Photos: {TOP['doubts']}.")
    lines += [f'# doubts = "{SEND}"']
    for key, page in PAGES.items():
        lines += ["", "", *_page(key, page, lists)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _page(key: str, page: Step | StaticPage, lists: _Lists) -> Iterator[str]:
    number = f"{page.number}  " if isinstance(page, Step) and page.number else ""
    yield f"# {number}{page.heading}"
    if note := _NOTES.get(key, page.intro):
        yield from _comment(note)
    asked = page.form.asked()
    if not asked:
        yield from _comment(_TABLE_ALONE)
    yield f"[{key}]" if asked else f"# [{key}]"
    for name, how in asked.items():
        yield from _field(name, page.form.model_fields[name], how, lists)


def _field(name: str, info: FieldInfo, asked: Asked, lists: _Lists) -> Iterator[str]:
    title = info.title or name
    notes = [info.description or "", f"e.g. {info.examples[0]}" if info.examples else "", *_kind(asked, lists)]
    if not info.is_required():
        notes.append("may be left out")
    yield from _comment(". ".join(filter(None, (title, *notes))))
    optional = "" if info.is_required() else "# "
    yield f'{optional}{name} = "{{{ASK}}}"'


def _kind(asked: Asked, lists: _Lists) -> Iterator[str]:
    """Yield the format of a value that is not free text."""
    if asked.control is Control.CHOICE:
        offered = asked.choices or [option.value for option in lists.get(asked.listed, ())]
        short = 0 < len(offered) <= ALL_LISTED
        yield f"One of {', '.join(offered)}" if short else "As it stands in the list on the screen, or a part of it"
    elif asked.control is Control.CHECK_BOX:
        yield "true or false"
    elif asked.control is Control.PHOTO:
        yield "A path, from this file's folder"
    elif asked.secret:
        yield "Secret"


def _listed(names: Mapping[str, str], indent: int) -> Iterator[str]:
    for name, description in names.items():
        yield f"#{' ' * (indent - 1)}{name:<{28 - indent}}{description}"


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        wrapped = [paragraph] if paragraph.startswith(" ") else textwrap.wrap(paragraph, 116, break_on_hyphens=False)
        for line in wrapped or [""]:
            yield f"# {line}".rstrip()
