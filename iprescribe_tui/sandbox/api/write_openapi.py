"""Generator of `openapi.json`: `python -m iprescribe_tui.sandbox.api.write_openapi`."""

import tempfile
from pathlib import Path

from iprescribe_tui.sandbox.api.openapi import FILE, describe
from iprescribe_tui.sandbox.api.serve import backend_in
from iprescribe_tui.sandbox.api.server import create_app


def _write() -> None:
    """Rewrite `openapi.json`."""
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(
            describe(create_app(backend_in(Path(folder), "http://127.0.0.1", passing=True))), encoding="utf-8"
        )


if __name__ == "__main__":
    _write()
