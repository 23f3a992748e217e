"""Cache of the last inspections of files."""

import functools
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class FileCache(Generic[T]):
    """Cache of `inspect`, which blocks: called one at a time, from any thread; it keeps the `most` last results.

    A file is inspected when its field is left, and again when it is sent: the second call waits for the first.
    """

    def __init__(self, inspect: Callable[..., T], most: int) -> None:
        self._inspect, self._most = inspect, most
        self._one_at_a_time = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Clear the cache. A running call keeps its result in the discarded one only."""
        self._last = functools.lru_cache(maxsize=self._most)(self._inspect)

    def __call__(self, *what: Hashable) -> T:
        """Return the result of `inspect`; raises its errors."""
        last = self._last
        with self._one_at_a_time:
            return last(*what)
