"""Every screen at 80×24, as text that a reviewer can read; what does not fit or has moved is noticed here."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Label

from iprescribe_tui.client import BackendUnreachable
from iprescribe_tui.front_ends.tui import app as shell
from iprescribe_tui.front_ends.tui.ascii_filter import AsciiOnly
from iprescribe_tui.front_ends.tui.dialogs import HelpScreen, IdleScreen, OutboxScreen, StartOverScreen, TroubleScreen
from iprescribe_tui.front_ends.tui.help_text import help_for
from iprescribe_tui.front_ends.tui.photo_picker import PhotoPicker
from iprescribe_tui.front_ends.tui.screen_context import ScreenContext
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.themes import DARK, LIGHT
from iprescribe_tui.front_ends.tui.widgets import waiting
from iprescribe_tui.front_ends.tui.widgets.choices import FewChoices
from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import START, OutboxMessage
from iprescribe_tui.sandbox.domain.service import service_document
from iprescribe_tui.system.ascii import in_ascii, terminal_takes_unicode
from screens import screen_of
from tests.snapshots.views import NOW, PRACTICE, VIEWS

HERE = Path(__file__).parent
MESSAGE = OutboxMessage(
    id="1",
    channel="e-mail",
    to="amelia@example.com",
    subject="Confirm your e-mail",
    body="Open this link to confirm that this e-mail is yours:\n\nhttps://sandbox.example.com/l/abc\n\n"
    "Or type this code: 123456",
    sent_at=NOW,
    link="https://sandbox.example.com/l/abc",
    code="123456",
)


class Frame(App[None]):
    """Shows one screen as the program would."""

    CSS_PATH = Path(shell.__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, screen: Screen[None], over: Screen[Any] | None = None, theme: str = DARK.name) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self._first, self._over = screen, over

    async def on_mount(self) -> None:
        await self.push_screen(self._first)
        if self._over:
            await self.push_screen(self._over)


class StandingClock(datetime):
    """A clock that stands at `NOW`."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # the same, for one clock
        return NOW


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "datetime", StandingClock)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)


def screen_context() -> ScreenContext:
    return ScreenContext(service_document("native"), sandbox=True, outbox=True, backend="the sandbox")


def screen_for_view(name: str) -> StepScreen:
    view = VIEWS[name]
    return screen_of(view)(view, screen_context())


def text_of(app: App[None]) -> str:
    """The screen's lines, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


def compare(name: str, now: str, renew: bool) -> None:
    file = HERE / name
    if renew:
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", VIEWS)
async def test_every_screen_looks_as_it_did_and_fits(name: str, renew: bool) -> None:
    app = Frame(screen_for_view(name))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.screen.query_one("#page", VerticalScroll).max_scroll_y == 0
        compare(f"{name}.txt", text_of(app), renew)


def test_no_step_is_missing() -> None:
    shown = {getattr(view, "step", None) for view in VIEWS.values()}
    assert shown >= set(Step)


async def type_practice(pilot: Pilot[None]) -> None:
    """The registry's address, then a PO Box beside a street."""
    await settle(pilot)
    await pilot.press("f3", *"Lakeside Family Medicine")
    await pilot.press("tab", "ctrl+u", *"PO Box 12, 400 Lake St", "tab")
    await settle(pilot)


async def test_errors_stand_under_their_fields(renew: bool) -> None:
    app = Frame(screen_of(PRACTICE)(PRACTICE, screen_context()))
    async with app.run_test(size=(80, 24)) as pilot:
        await type_practice(pilot)
        compare("practice_with_errors.txt", text_of(app), renew)
        picture = alone(app.export_screenshot(title="iprescribe-tui"))
        compare("readme.svg", picture, renew)


async def test_the_picture_of_the_qr_code(renew: bool) -> None:
    app = Frame(screen_for_view("phone"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare("readme_phone.svg", alone(app.export_screenshot(title="iprescribe-tui")), renew)


def alone(svg: str) -> str:
    """An SVG that fetches no font and whose names do not depend on the run."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


async def _one_message() -> list[OutboxMessage]:
    return [MESSAGE]


async def _follow(_: OutboxMessage) -> None:
    return None


TROUBLE = BackendUnreachable("registration.example.com", "it refuses connections").advice
DIALOGS: dict[str, Callable[[StepScreen], Screen[Any]]] = {
    "help": lambda screen: HelpScreen(screen.heading, help_for(screen, screen.screen_context.service)),
    "messages": lambda screen: OutboxScreen(_one_message, _follow, takes_code=True),
    "trouble": lambda screen: TroubleScreen("The backend cannot be reached", TROUBLE),
    "start_over": lambda screen: StartOverScreen(),
    "idle": lambda screen: IdleScreen("you sign in again to go on where you are", 150),
}


@pytest.mark.parametrize("name", DIALOGS)
async def test_dialogs_look_as_they_did(name: str, renew: bool) -> None:
    screen = screen_of(START)(START, screen_context())
    app = Frame(screen, DIALOGS[name](screen))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(f"dialog_{name}.txt", text_of(app), renew)


@pytest.mark.parametrize(
    "size",
    [(60, 20), pytest.param((40, 12), marks=pytest.mark.matrix), pytest.param((140, 40), marks=pytest.mark.matrix)],
)
@pytest.mark.parametrize("name", VIEWS)
async def test_every_screen_works_at_other_sizes_and_in_light(name: str, size: tuple[int, int]) -> None:
    app = Frame(screen_for_view(name), theme=LIGHT.name)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        lines = text_of(app).splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)


@pytest.mark.parametrize("size", [(60, 20), (40, 12)], ids=str)
@pytest.mark.parametrize("name", VIEWS)
async def test_no_option_or_label_is_cut_in_a_small_window(name: str, size: tuple[int, int]) -> None:
    """Whatever is read has as many lines as its words take; the page scrolls."""
    app = Frame(screen_for_view(name))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        words: list[tuple[Widget, Content]] = [(few, few.render()) for few in app.screen.query(FewChoices)]
        words += [(label, Content(str(label.content))) for label in app.screen.query("#page Label").results(Label)]
        for widget, content in words:
            if widget.display and widget.size:
                assert widget.content_size.height >= content.get_height({}, widget.content_size.width), widget
                assert widget.region.right <= size[0], widget


@pytest.mark.parametrize("size", [(60, 20), (40, 12), (40, 10)], ids=str)
@pytest.mark.parametrize("name", DIALOGS)
async def test_what_a_dialog_offers_stays_in_sight(name: str, size: tuple[int, int]) -> None:
    """Its buttons, its keys, and some of its words below the heading."""
    around_it = screen_of(START)(START, screen_context())
    app = Frame(around_it, DIALOGS[name](around_it))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        offered = [*app.screen.query(Button), *app.screen.query(KeyBar)]
        scrolled = app.screen.query(VerticalScroll).first()
        for widget in offered:
            assert widget.region in app.screen.region, widget
            assert not widget.region.overlaps(scrolled.region), widget
        assert scrolled.size.height > 1, text_of(app)


@pytest.fixture
def _no_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal whose locale takes no Unicode."""
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.setenv("LANG", "en_US.ISO-8859-1")
    assert not terminal_takes_unicode()


def both_ways(app: App[None]) -> tuple[str, str]:
    """What is shown, in Unicode and in ASCII."""
    strips = app.screen._compositor.render_strips()
    drawn = [strip.apply_filter(AsciiOnly(), app.screen.background_colors[1]) for strip in strips]
    assert [strip.cell_length for strip in drawn] == [strip.cell_length for strip in strips]
    before, after = ("".join(segment.text for strip in each for segment in strip) for each in (strips, drawn))
    return before, after


@pytest.mark.usefixtures("_no_unicode")
@pytest.mark.parametrize("size", [(80, 24), (40, 12), pytest.param((140, 40), marks=pytest.mark.matrix)])
@pytest.mark.parametrize("name", VIEWS)
async def test_a_terminal_without_unicode_gets_ascii(name: str, size: tuple[int, int]) -> None:
    app = Frame(screen_for_view(name))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        page = app.screen.query_one("#page", VerticalScroll)
        for line in range(0, page.max_scroll_y + 1, 2):  # the ends of the scrollbar are drawn in eighths of a line
            page.scroll_to(y=line, animate=False)
            await settle(pilot)
            before, after = both_ways(app)
            assert after.isascii()
            assert after.count("?") == before.count("?")


@pytest.mark.usefixtures("_no_unicode")
@pytest.mark.parametrize("name", DIALOGS)
async def test_dialogs_are_drawn_in_ascii(name: str) -> None:
    screen = screen_of(START)(START, screen_context())
    app = Frame(screen, DIALOGS[name](screen))
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot)
        before, after = both_ways(app)
    assert after.isascii()
    assert after.count("?") == before.count("?")


@pytest.mark.usefixtures("_no_unicode")
async def test_the_file_picker_is_drawn_in_ascii(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"folder {number}").mkdir()
    app = Frame(screen_for_view("document"), PhotoPicker("Front", tmp_path))
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot)
        for _ in range(12):
            await pilot.press("down")
            await settle(pilot)
            before, after = both_ways(app)
            assert after.isascii()
            assert after.count("?") == before.count("?")


@pytest.mark.parametrize(
    ("shown", "plain"),
    [
        ("José Núñez", "Jose Nunez"),
        ("Jose\N{COMBINING ACUTE ACCENT} ·", "Jose -"),
        ("← 640 × 400 → 1", "< 640 x 400 > 1"),
        ("a\N{NO-BREAK SPACE}b − c‑d", "a b - c-d"),
        ("李 Ω", "?? ?"),
        ("▁▇ ▉▏", "     "),
    ],
)
def test_what_is_not_ascii_is_drawn_as_wide_as_it_was(shown: str, plain: str) -> None:
    assert in_ascii(shown) == plain


@pytest.mark.parametrize("size", [(40, 10), (40, 12), (60, 20)], ids=str)
async def test_messages_can_be_read_and_used_in_a_low_window(size: tuple[int, int]) -> None:
    async def load() -> list[OutboxMessage]:
        return [MESSAGE, MESSAGE.model_copy(update={"id": "2"})]

    async def follow(message: OutboxMessage) -> None:
        raise AssertionError(message)

    app = Frame(screen_for_view("mfa_code"), OutboxScreen(load, follow, takes_code=True))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert "Enter Fill in the code" in text_of(app)
        assert "Open this link" in text_of(app)
        await pilot.press("space")
        await settle(pilot)
        assert "123456" in text_of(app)
