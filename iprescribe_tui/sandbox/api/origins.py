"""Check of the page that a request comes from: one of another site must not change anything (CSRF)."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from iprescribe_tui.sandbox.api.requests import problem_response
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_SAYS: Final = "A page of another site asked for this. Open the sandbox's own page, and do it there."


class OwnPages:
    """Refuse requests (403) that change something and that a browser sends for a page of another site.

    Other programs send neither of the two headers that tell, and pass.
    """

    def __init__(self, app: ASGIApp, urls: Iterable[str]) -> None:
        self._app = app
        self._own = {_site(url) for url in urls}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] in _SAFE or self._is_own(scope):
            await self._app(scope, receive, send)
            return
        refusal = Refusal(403, "cross_site", "Another site asked for this", _SAYS)
        await problem_response(ProblemError(refusal))(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = {name: value.decode("latin-1").lower() for name, value in scope["headers"]}
        if fetched := headers.get(b"sec-fetch-site"):
            return fetched in ("same-origin", "none")
        # Older browsers, and all browsers on an address in the local network without TLS, send only Origin.
        origin = headers.get(b"origin")
        if origin == "null":
            # The sandbox's own pages have this origin too, since they allow no referrer; the API has no pages.
            return not scope["path"].startswith("/v1/")
        return origin is None or _site(origin) in {*self._own, headers.get(b"host", "")}


def _site(url: str) -> str:
    """Return host and port of a URL as `Host` has them; "nowhere" if it is malformed."""
    try:
        parts = urlsplit(url.lower())
        default = {"http": 80, "https": 443}.get(parts.scheme)
        return parts.netloc.removesuffix(f":{default}") or "nowhere"
    except ValueError:
        return "nowhere"
