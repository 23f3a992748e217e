"""What was seen of a file is remembered until it is to be forgotten, also where it is seen only then."""

import threading
from concurrent.futures import ThreadPoolExecutor

from iprescribe_tui.photos.cache import FileCache


class Slow:
    """A look that ends when the test says so; counts what was looked at."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Semaphore(0), threading.Event()
        self.looked_at: list[str] = []

    def __call__(self, file: str) -> str:
        self.looked_at.append(file)
        self.began.release()
        assert self.may_end.wait(30)
        return f"what {file} shows"


def test_a_look_that_is_under_way_when_all_is_forgotten_is_not_remembered() -> None:
    slow = Slow()
    cache = FileCache(slow, most=3)
    with ThreadPoolExecutor() as pool:
        late = pool.submit(cache, "face.jpg")
        assert slow.began.acquire(timeout=30)
        cache.forget()
        slow.may_end.set()
        assert late.result() == "what face.jpg shows"
    assert cache("face.jpg") == "what face.jpg shows"
    assert slow.looked_at == ["face.jpg", "face.jpg"]


def test_one_who_looks_meanwhile_waits_instead_of_looking_too() -> None:
    slow = Slow()
    cache = FileCache(slow, most=3)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(cache, "face.jpg"), pool.submit(cache, "face.jpg")]
        assert slow.began.acquire(timeout=30)
        slow.may_end.set()
        assert [each.result() for each in both] == ["what face.jpg shows"] * 2
    assert slow.looked_at == ["face.jpg"]
