"""Reader of answers files: reports all mistakes at once, before anything is typed."""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from iprescribe_tui.front_ends.automation.answers.expectations import read_expected, with_rest
from iprescribe_tui.front_ends.automation.answers.model import (
    ABOVE,
    DOUBTS,
    PAGES,
    THEN,
    TOP,
    Answers,
    AnswersError,
    Expected,
    Mistake,
    StepAnswers,
)
from iprescribe_tui.front_ends.automation.answers.template_value import (
    ASK,
    OUTBOX,
    PLACEHOLDERS,
    TemplateError,
    TemplateValue,
)
from iprescribe_tui.journey.checks.text import HIDDEN, quoted
from iprescribe_tui.journey.fields import Asked, Control
from iprescribe_tui.journey.steps import STEPS
from iprescribe_tui.system.ownership import flaw_at
from iprescribe_tui.system.regular_files import opened
from iprescribe_tui.system.wording import suggestion

BESIDE: Final[Mapping[str, str]] = {
    "use_on_file": "F3: take over what is on file, before anything is typed",
    "then": "what is done then: " + ", ".join(THEN) + ", or the step to which a way leads",
    "link": 'the link that was sent: "{outbox}" opens it, "{ask}" leaves that to you',
}
"""Keys of a step's table, besides its fields."""

_LARGEST: Final = 1024 * 1024


def load(file: Path, environ: Mapping[str, str] = os.environ) -> Answers:
    """Return the answers in `file`. Raises `AnswersError` with all mistakes in it, or in the file that it extends."""
    answers, extends = _read(file, environ)
    if not extends:
        return _with_way(answers, None)
    other = extended_file(file, extends)
    if other is None:
        shipped = ", ".join(sorted(path.stem for path in shipped_folder().glob("*.toml")))
        missing = f"There is no file {quoted(extends)} beside this one, and none of that name ships."
        message = f"{missing} Those that ship: {shipped}."
        raise AnswersError(file, [Mistake("", "extends", message)])
    base, more = _read(other, environ)
    if more:
        message = f"{other.name} itself extends another file. Name that one, or write its tables here."
        raise AnswersError(file, [Mistake("", "extends", message)])
    command, doubts = answers.outbox_command or base.outbox_command, answers.doubts or base.doubts
    return _with_way(replace(answers, base=base.visits, outbox_command=command, doubts=doubts), _with_way(base, None))


def _with_way(answers: Answers, base: Answers | None) -> Answers:
    """Return `answers` with the way that they expect written out. Raises `AnswersError`."""
    expected, name = (base.expected, base.file.name) if base else (Expected(), "")
    resolved, mistakes = with_rest(answers.expected, expected, name)
    if mistakes:
        raise AnswersError(answers.file, mistakes)
    return replace(answers, expected=resolved)


def shipped_folder() -> Path:
    """Return the folder of the files that ship with the program."""
    return Path(str(files("iprescribe_tui"))) / "front_ends" / "automation" / "walk" / "scenarios"


def extended_file(file: Path, name: str) -> Path | None:
    """Return the file that `file` means by `name`: one beside it, else one that ships; None if there is neither."""
    places = (file.parent / name, file.parent / f"{name}.toml", shipped_folder() / f"{name}.toml")
    return next((place for place in places if os.path.isfile(place)), None)


def _read(file: Path, environ: Mapping[str, str]) -> tuple[Answers, str]:
    """Return a file's own answers, and the name of the one that it extends. Raises `AnswersError`."""
    document, mode = _document(file)
    reader = _Reader(environ)
    visits = {}
    for key, value in document.items():
        if key in PAGES:
            visits[key] = tuple(reader.visits(key, value))
        elif key not in TOP:
            reader.wrong("", key, f"There is no such step.{suggestion(key, {**PAGES, **TOP})}")
    texts = {key: reader.top(key, document.get(key, "")) for key in ("about", "extends", "outbox_command")}
    doubts = reader.doubts(document.get("doubts"))
    expected, mistakes = read_expected(document.get("expect", {}))
    reader.mistakes += mistakes
    if texts["outbox_command"] and mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = f"Others on this machine can write this file, and it names a command to run. Do: chmod go-w {file}"
        reader.wrong("", "outbox_command", message)
    elif texts["outbox_command"] and mode and (flaw := flaw_at(file.absolute(), "copy it to a folder of yours")):
        reader.wrong("", "outbox_command", f"This file names a command to run. {flaw.refusal}")
    if reader.secrets and mode & (stat.S_IRWXG | stat.S_IRWXO):
        where = ", ".join(dict.fromkeys(reader.secrets))
        message = f"Others on this machine can read this file, and it holds secrets ({where}). Do: chmod 600 {file}"
        reader.wrong("", "", message)
    if reader.mistakes:
        raise AnswersError(file, reader.mistakes)
    command = texts["outbox_command"]
    answers = Answers(file, visits, about=texts["about"], outbox_command=command, expected=expected, doubts=doubts)
    return answers, texts["extends"]


def _document(file: Path) -> tuple[dict[str, Any], int]:
    """Return the parsed TOML and the file's mode, 0 on Windows and for files that ship. Raises `AnswersError`."""

    def refuse(message: str) -> AnswersError:
        return AnswersError(file, [Mistake("", "", message)])

    try:
        with opened(file) as source:
            mode = os.fstat(source.fileno()).st_mode
            content = source.read(_LARGEST + 1)
    except FileNotFoundError:
        raise refuse("There is no such file.") from None
    except OSError as failed:
        raise refuse(f"The file cannot be read: {failed.strerror}.") from None
    if len(content) > _LARGEST:
        raise refuse("The file is longer than 1 MiB, which no answers are.")
    try:
        document = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise refuse("The file is not text in UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refuse(f"This is not proper TOML: {error}.") from None
    public = file.resolve().parent == shipped_folder().resolve() or os.name == "nt"
    return document, 0 if public else mode


class _Reader:
    """Reader of tables that collects mistakes and the places of secrets."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.mistakes: list[Mistake] = []
        self.secrets: list[str] = []
        self._environ = environ

    def wrong(self, table: str, key: str, message: str) -> None:
        """Add a mistake."""
        self.mistakes.append(Mistake(table, key, message))

    def top(self, key: str, value: object) -> str:
        """Return a top-level text, "" after a mistake."""
        if isinstance(value, str):
            return value
        self.wrong("", key, f'Write it in quotes: {key} = "…".')
        return ""

    def doubts(self, value: object) -> str:
        """Return the action for doubtful photos, "" if the key is absent or wrong."""
        if value is None or value in DOUBTS:
            return str(value or "")
        meant = suggestion(value, DOUBTS) if isinstance(value, str) else ""
        self.wrong("", "doubts", f'Write doubts = "send" or doubts = "stop".{meant}')
        return ""

    def visits(self, page: str, value: object) -> Iterator[StepAnswers]:
        """Yield the visits of a page: one of `[ssn]`, one per table of `[[ssn]]`."""
        tables = value if isinstance(value, list) else [value]
        if not tables or not all(isinstance(table, dict) for table in tables):
            self.wrong(page, "", f"Write it as a table, [{page}], or one for each visit, [[{page}]].")
            return
        for number, table in enumerate(tables, 1):
            yield self._visit(page, f"{page}, visit {number}" if len(tables) > 1 else page, table)

    def _visit(self, page: str, table: str, given: Mapping[str, object]) -> StepAnswers:
        asked = PAGES[page].form.asked()
        values: dict[str, TemplateValue | bool] = {}
        for key, value in given.items():
            if key in asked:
                if (read := self._value(table, key, asked[key], value)) is not None:
                    values[key] = read
            elif key in TOP:
                self.wrong(table, key, ABOVE)
            elif key not in BESIDE:
                fields = f"Its fields are {', '.join(asked)}." if asked else "It has nothing to fill in."
                meant = suggestion(key, {**asked, **BESIDE})
                self.wrong(table, key, f"The step does not ask for this. {fields}{meant}")
        link = self._link(table, given)
        if link and (values or "then" in given):
            self.wrong(table, "link", "Either the link is opened, or the step is filled in: make two visits of it.")
        ordered = {key: values[key] for key in asked if key in values}
        return StepAnswers(ordered, self._on_file(table, given), self._then(table, given), link)

    def _then(self, table: str, given: Mapping[str, object]) -> str:
        then = given.get("then", "continue")
        known = {**THEN, **STEPS}
        if isinstance(then, str) and then in known:
            return then
        meant = suggestion(then, known) if isinstance(then, str) else ""
        self.wrong(table, "then", f"It is one of {', '.join(THEN)}, or a step's key.{meant}")
        return "continue"

    def _on_file(self, table: str, given: Mapping[str, object]) -> bool:
        on_file = given.get("use_on_file", False)
        if not isinstance(on_file, bool):
            self.wrong(table, "use_on_file", "Write true or false, without quotes.")
        return on_file is True

    def _link(self, table: str, given: Mapping[str, object]) -> TemplateValue | None:
        if "link" not in given:
            return None
        if given["link"] in (f"{{{OUTBOX}}}", f"{{{ASK}}}"):
            return TemplateValue.read(str(given["link"]))
        self.wrong(table, "link", 'Write "{outbox}", which opens it, or "{ask}", which leaves that to you.')
        return None

    def _value(self, table: str, key: str, asked: Asked, value: object) -> TemplateValue | bool | None:
        if asked.control is Control.CHECK_BOX:
            if isinstance(value, bool):
                return value
            if value != f"{{{ASK}}}":
                self.wrong(table, key, 'Write true or false, without quotes, or "{ask}".')
                return None
        if not isinstance(value, str):
            example = " as MM/DD/YYYY" if key == "birth_date" else ""
            self.wrong(table, key, f"Write it in quotes{example}.")
            return None
        try:
            template = TemplateValue.read(value)
        except TemplateError as wrong:
            hidden = f"What stands in its braces is none of {', '.join(PLACEHOLDERS)}. For a brace itself, write {{{{."
            self.wrong(table, key, hidden if asked.secret else str(wrong))
            return None
        self._judge(table, key, asked, template)
        return template

    def _judge(self, table: str, key: str, asked: Asked, template: TemplateValue) -> None:
        """Add the mistakes that a text shows before it is typed."""
        for name in template.unset(self._environ):
            self.wrong(table, key, f"The environment has no variable {name}.")
        if template.mentions(OUTBOX) and asked.control is not Control.CODE:
            self.wrong(table, key, '{outbox} stands for a code; a link is opened with link = "{outbox}".')
        letters = "".join(part for part in template.parts if isinstance(part, str))
        if asked.control is not Control.TEXT and (not letters.isprintable() or HIDDEN.search(letters)):
            self.wrong(table, key, "It holds a line break or another character that no key types.")
        if asked.secret and letters:
            self.secrets.append(f"{key} in [{table}]")
        if asked.choices and template.literal:
            known = {**asked.choices, **{label: label for label in asked.choices.values()}}
            if letters not in known:
                self.wrong(table, key, f"It is one of {', '.join(asked.choices)}.{suggestion(letters, known)}")
