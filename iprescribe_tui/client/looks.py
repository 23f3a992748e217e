"""What was seen of the files that were looked at last, until it is to be forgotten."""

import functools
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Looks(Generic[T]):
    """Calls `look`, which blocks, one at a time, and not again for the `most` last ones; from any thread.

    A file is looked at when its field is left, and again when it is sent: the second look waits for the first.
    """

    def __init__(self, look: Callable[..., T], most: int) -> None:
        self._look, self._most = look, most
        self._one_at_a_time = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Keep nothing. A look that is under way remembers what it sees where nobody looks any more."""
        self._last = functools.lru_cache(maxsize=self._most)(self._look)

    def __call__(self, *what: Hashable) -> T:
        """What `look` saw; raises what it raises."""
        last = self._last
        with self._one_at_a_time:
            return last(*what)
