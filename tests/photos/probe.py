"""What a photo that has taken over its decoder would try: run as a task of the real process, after its lock-down."""

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from iprescribe_tui.photos import worker_main

_MACHINE = os.uname().machine
_LIBC = ctypes.CDLL(None, use_errno=True)
_OPEN_BY_NUMBER = {"open": 2, "openat": 257, "openat2": 437, "open_by_handle_at": 304, "io_uring_setup": 425}
_OTHERS = {
    "socket": 41,
    "memfd_create": 319,
    "fork": 57,
    "vfork": 58,
    "clone3": 435,
    "execve": 59,
    "execveat": 322,
    "ptrace": 101,
    "process_vm_readv": 310,
    "pidfd_open": 434,
    "keyctl": 250,
    "shmget": 29,
    "bpf": 321,
    "mount": 165,
    "unshare": 272,
    "kcmp": 312,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "seccomp": 317,
    "prctl": 157,
    "ioctl": 16,
    "open of the x32 ABI": 0x40000000 + 2,
}


def main() -> None:
    """Be the process that decodes, with this for a task."""
    worker_main.serve({"probe": _probe})


def _probe(request: Mapping[str, Any], photo: bytes, clean: IO[bytes]) -> dict[str, Any]:
    parent, key = os.getppid(), request["key"]
    tries: dict[str, Callable[[], object]] = {
        "environment": lambda: [value for value in os.environ.values() if request["canary"] in value] or None,
        "/proc/self/environ": lambda: Path("/proc/self/environ").read_bytes(),
        "environment of the parent": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "memory of the parent": lambda: os.open(f"/proc/{parent}/mem", os.O_RDONLY),
        "memory of its own, as a file": lambda: os.open("/proc/self/mem", os.O_RDWR),
        "server.key": lambda: Path(key).read_bytes(),
        "server.key, written": lambda: Path(key).write_bytes(b""),
        "server.key, removed": lambda: Path(key).unlink(),
        "a folder": lambda: os.listdir("/"),
        "a new file": lambda: Path(f"{key}.new").touch(),
        "a link": lambda: os.symlink(key, f"{key}.link"),
        "whether a file is there": lambda: os.stat(key),
        "/etc/passwd": lambda: Path("/etc/passwd").read_text(),
        "a terminal": lambda: os.open("/dev/tty", os.O_WRONLY),
        "TCP": socket.socket,
        "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "a Unix socket": lambda: socket.socket(socket.AF_UNIX),
        "a pair of sockets": socket.socketpair,
        "a pipe": os.pipe,
        "another name of a descriptor": lambda: os.dup(0),
        "fork": os.fork,
        "a program": lambda: subprocess.run(["/bin/true"], check=True),
        "a program in its place": lambda: os.execv("/bin/true", ["true"]),
        "a signal": lambda: os.kill(parent, 0),
        "a signal to itself": lambda: os.kill(os.getpid(), signal.SIGCONT),
        "a limit lifted": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        "a limit of the parent": lambda: resource.prlimit(parent, resource.RLIMIT_CORE),
        "memory that runs": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "2 GB of memory": lambda: bytearray(2 * 1024**3),
        "descriptors": lambda: [number for number in range(3, 4096) if _is_open(number)] or None,
    }
    numbers = {**_OPEN_BY_NUMBER, **_OTHERS} if _MACHINE == "x86_64" else {}
    tries |= {f"call {name}": lambda number=number: _called(number, key) for name, number in numbers.items()}  # type: ignore[misc]  # bound as it is now
    thread = threading.Thread(target=lambda: None)  # decoders need them
    thread.start()
    thread.join()
    return {"got": [name for name, attempt in tries.items() if _got(attempt)], "tried": len(tries)}


def _got(attempt: Callable[[], object]) -> bool:
    try:
        return attempt() is not None
    except (OSError, MemoryError, ValueError, PermissionError):
        return False


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _called(number: int, key: str) -> bool | None:
    """Make a system call; where it is let through, most answer these arguments otherwise than that it is forbidden."""
    forbidden = (1, 38)  # EPERM, ENOSYS
    path = ctypes.c_char_p(key.encode())
    _LIBC.syscall(ctypes.c_long(number), path, path, ctypes.c_long(0), ctypes.c_long(0), ctypes.c_long(0))
    return None if ctypes.get_errno() in forbidden else True
