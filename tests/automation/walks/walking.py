"""Walking in tests: in this process, in a sandbox of the walk's own."""

from pathlib import Path

from iprescribe_tui.front_ends.automation.walk.runner import Errand, walked
from iprescribe_tui.front_ends.automation.walk.scenario import Walked, shipped
from iprescribe_tui.system.settings import Settings

PATIENCE = 60.0


def scenario(folder: Path, text: str) -> Path:
    """A scenario in a file of its own, which nobody else can read."""
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def walk(what: str | Path, *, report: Path | None = None, backend: str | None = None) -> Walked:
    """Walk a scenario that ships, by its name, or one in a file."""
    file = what if isinstance(what, Path) else shipped()[what]
    settings = Settings(backend, None, Path("state"), Path("config.toml"))
    return walked(Errand(file.stem, 1, file, settings, report, PATIENCE))
