"""What the program is measured against: a Textual program with a header, one input and a footer, and nothing else."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Input


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Header()
        yield Input(placeholder="type here")
        yield Footer()


if __name__ == "__main__":
    Bare().run()
