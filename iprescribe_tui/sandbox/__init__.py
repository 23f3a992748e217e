"""Backend for iprescribe-tui that creates no real account: the whole contract over HTTP, with made-up people."""
