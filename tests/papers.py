"""The papers: what a reader of the repository is told, and the pages that ship with the program."""

from pathlib import Path
from typing import Final

from iprescribe_tui.help import TOPICS, page

ROOT: Final = Path(__file__).parent.parent
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES: Final = {f"iprescribe_tui/help/{topic}.md": page(topic) for topic in TOPICS}
"""The pages by their paths in the repository."""

PAPERS: Final = PAGES | {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
}
"""All of them."""
