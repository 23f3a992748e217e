"""Private names of Textual and Rich: each is still there, and one module alone uses any."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
import textual
from rich.segment import Segment
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.screen import Screen

from iprescribe_tui.front_ends.tui import textual_internals
from iprescribe_tui.front_ends.tui.terminal_driver import TerminalDriver
from iprescribe_tui.front_ends.tui.textual_internals import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS

ROOT = Path(__file__).parent.parent.parent
USERS = [
    file
    for folder in ("iprescribe_tui", "screens")
    for file in (ROOT / folder).rglob("*.py")
    if re.search(r"\b(textual|rich|iprescribe_tui\.app)\b", file.read_text())
]


def test_the_private_names_of_textual_are_as_they_were() -> None:
    """The driver stands on these; another version of Textual is looked at before it is pinned."""
    assert version("textual") == "8.2.8"
    assert "run_input_thread" in vars(LinuxDriver)
    assert "self.run_input_thread()" in inspect.getsource(LinuxDriver._run_input_thread)
    assert "self._query_in_band_window_resize()" in inspect.getsource(LinuxDriver.start_application_mode)
    assert "self.exit_event.set()" in inspect.getsource(LinuxDriver.disable_input)
    assert "self._get_terminal_size()" in inspect.getsource(LinuxDriver.start_application_mode)
    assert textual.keys._character_to_key("-") == "minus"
    assert ANSI_SEQUENCES_KEYS["\x1b[A"]
    assert FUNCTIONAL_KEYS["1A"]
    assert hasattr(Segment._split_cells, "cache_clear")
    assert hasattr(StylesCache.get_inner_outer, "cache_clear")
    assert "Control.move_to(" in inspect.getsource(App._display), "what is drawn ends with a move of the cursor"
    assert issubclass(TerminalDriver, LinuxDriver)


def test_what_is_read_of_messages_screens_and_apps_is_still_there() -> None:
    assert Message()._sender is None
    assert callable(Screen()._compositor.render_strips)
    assert "self._fatal_error()" in inspect.getsource(App._handle_exception)
    app: App[str] = App()
    assert (app._exit, app._exception, app._driver, app._loop) == (False, None, None, None)
    assert (app._return_code, app._exit_renderables) == (None, [])
    assert callable(app._close_messages_no_wait)
    assert "visible_screen_stack.set(widget.app._background_screens)" in inspect.getsource(Compositor)


@cache
def theirs(module: str) -> frozenset[str]:
    """The private names that a module of theirs gives to objects and methods."""
    source = inspect.getsource(import_module(module))
    return frozenset(re.findall(r"\b(?:self\.|def )(_[a-z]\w*)", source))


def private_in(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Private names that are used or defined, and whether of the object itself."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, True
            case ast.Attribute(value=ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")), attr=name):
                yield name, True
            case ast.Attribute(value=value, attr=name) if ast.unparse(value) != "os":
                yield name, False
            case ast.ImportFrom(module=str(module), names=names) if module.startswith(("textual", "rich")):
                yield from ((part, False) for part in (*module.split("."), *(each.name for each in names)))


def uses_of(tree: ast.Module, module: ModuleType) -> Iterator[str]:
    """Private names of theirs in a module of the program: of other objects, or of what its classes inherit from."""
    yield from (name for name, of_itself in private_in(tree) if not of_itself and re.match("_[a-z]", name))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = [base.__module__ for base in getattr(module, node.name).__mro__]
            inherited = {name for base in bases if base.startswith(("textual", "rich")) for name in theirs(base)}
            yield from (name for name, of_itself in private_in(node) if of_itself and name in inherited)


@pytest.mark.parametrize("file", USERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_other_module_uses_a_private_name(file: Path) -> None:
    module = import_module(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    used = set(uses_of(ast.parse(file.read_text()), module))
    assert used if module is textual_internals else not used
