"""Lockdown of a process that decodes pictures: it loses files, sockets, programs, and all but some memory and time.

Each part works alone, and is left out if the system lacks it: limits (POSIX), Landlock and seccomp (Linux on x86-64 and
AArch64). The system calls are made by ctypes: PyPI's packages for them need libseccomp, or are unfinished.
"""

import errno
import os
import platform
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ctypes import CDLL

__all__ = ["lock_down"]

_MEMORY: Final = 512 * 1024 * 1024
"""Bytes of address space: the largest accepted photos were seen to need 400 MB, including the program itself."""

_CPU_SECONDS: Final = 20
"""Seconds of CPU time. A new phone's photo takes two, one of 200 megapixels up to ten, a barcode three."""

_ALLOWED: Final = 0x7FFF0000
_REFUSED: Final = 0x00050000
"""Actions of seccomp(2): SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO, to which the error's number is added."""

_LOAD, _EQUALS, _HAS_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
"""Instructions of classic BPF: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JSET|BPF_K, BPF_RET|BPF_K."""

_CALL, _ARCHITECTURE, _FIRST, _THIRD = 0, 4, 16, 32
"""Offsets in `struct seccomp_data`: the call's number, the architecture, the low halves of two arguments."""

_CLONE_THREAD: Final = 0x10000
_PROT_EXEC: Final = 4


class _Calls(NamedTuple):
    """Numbers of system calls on one architecture; `audit` is the architecture's number in linux/audit.h."""

    audit: int
    clone: int
    mapping: tuple[int, int]
    """mmap, mprotect."""

    plain: tuple[int, ...]
    """Allowed with any arguments: reading and writing open files, memory, threads, clocks, exit."""


_CLONE3: Final = 435
_CALLS: Final = {
    "x86_64": _Calls(
        audit=0xC000003E,
        clone=56,
        mapping=(9, 10),
        plain=(
            *(0, 1, 3, 5, 7, 8),  # read, write, close, fstat, poll, lseek
            *(11, 12, 25, 28),  # munmap, brk, mremap, madvise
            *(13, 14, 15, 131),  # rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack
            *(24, 202, 204, 273, 334),  # sched_yield, futex, sched_getaffinity, set_robust_list, rseq
            *(35, 219, 228, 230),  # nanosleep, restart_syscall, clock_gettime, clock_nanosleep
            *(39, 60, 186, 231, 318),  # getpid, exit, gettid, exit_group, getrandom
            79,  # getcwd, which Pillow calls before it writes
        ),
    ),
    "aarch64": _Calls(
        audit=0xC00000B7,
        clone=220,
        mapping=(222, 226),
        plain=(  # the same, with ppoll for poll
            *(63, 64, 57, 80, 73, 62),
            *(215, 214, 216, 233),
            *(134, 135, 139, 132),
            *(124, 98, 123, 99, 293),
            *(101, 128, 113, 115),
            *(172, 93, 178, 94, 278),
            17,
        ),
    ),
}


def lock_down() -> tuple[str, ...]:
    """Give up all rights that decoding does not need; return the parts in force: `limits`, `landlock`, `seccomp`.

    They cannot be regained. Call it after all imports, and before a second thread starts.
    """
    held = []
    libc = _libc()
    if libc is not None and _landlocked(libc):
        held.append("landlock")
    if _limited():
        held.append("limits")
    if libc is not None and _filtered(libc):
        held.append("seccomp")
    return tuple(sorted(held))


def _libc() -> "CDLL | None":
    """Return the C library of Linux, after ruling out that a started program gains rights (PR_SET_NO_NEW_PRIVS)."""
    if sys.platform != "linux":
        return None
    import ctypes

    libc, no_new_privileges = ctypes.CDLL(None), 38
    try:
        return libc if libc.prctl(no_new_privileges, 1, 0, 0, 0) == 0 else None
    except AttributeError:  # a C library without this call
        return None


def _limited() -> bool:
    """Set limits (setrlimit(2)): no file can be opened, written or dumped; memory and CPU time are bounded.

    RLIMIT_NPROC is left out: it counts all processes of the user, and decoders need threads.
    """
    try:
        import resource
    except ImportError:  # Windows
        return False
    limits = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (0, 0),
        resource.RLIMIT_AS: (_MEMORY, _MEMORY),
        resource.RLIMIT_CPU: (_CPU_SECONDS, _CPU_SECONDS + 5),
    }
    for limit, values in limits.items():
        with suppress(ValueError, OSError):  # it is lower already, or the system (macOS) does not enforce it
            resource.setrlimit(limit, values)
    return True


def _landlocked(libc: "CDLL") -> bool:
    """Give up files, TCP ports, signals and abstract sockets of others (landlock(7)), as far as the kernel supports it.

    Open files stay open.
    """
    import ctypes

    create, restrict, version = 444, 446, 1
    known = libc.syscall(create, None, ctypes.c_size_t(0), version)
    if known < 1:
        return False
    files = (1 << (13 + (known >= 2) + (known >= 3) + (known >= 5))) - 1
    attributes = struct.pack("=QQQ", files, 3 if known >= 4 else 0, 3 if known >= 6 else 0)
    size = 8 if known < 4 else 16 if known < 6 else 24
    rules: int = libc.syscall(create, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    held: int = libc.syscall(restrict, rules, 0)
    os.close(rules)
    return held == 0


def _filtered(libc: "CDLL") -> bool:
    """Have the kernel refuse all system calls but a few (seccomp(2)): no open, socket, exec, fork, ptrace, kill."""
    calls = _CALLS.get(platform.machine())
    if calls is None or sys.maxsize < 2**32:
        return False
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    code = b"".join(_filter(calls))
    program = Program(len(code) // 8, code)
    set_seccomp, by_filter = 22, 2
    return bool(libc.prctl(set_seccomp, by_filter, ctypes.byref(program), 0, 0) == 0)


def _filter(calls: _Calls) -> list[bytes]:
    """Return the BPF program that judges a call: one `struct sock_filter` each; jumps give the steps to skip."""
    refuse = _step(_RETURN, _REFUSED | errno.EPERM)
    allow = _step(_RETURN, _ALLOWED)
    program = [_step(_LOAD, _ARCHITECTURE), _step(_EQUALS, calls.audit, yes=1), refuse, _step(_LOAD, _CALL)]
    # ENOSYS makes the C library start threads by clone, whose flags can be tested.
    program += [_step(_EQUALS, _CLONE3, no=1), _step(_RETURN, _REFUSED | errno.ENOSYS)]
    program += [_step(_EQUALS, calls.clone, no=4), _step(_LOAD, _FIRST), _step(_HAS_BITS, _CLONE_THREAD, no=1)]
    program += [allow, refuse]
    for mapping in calls.mapping:
        program += [_step(_EQUALS, mapping, no=4), _step(_LOAD, _THIRD), _step(_HAS_BITS, _PROT_EXEC, no=1)]
        program += [refuse, allow]
    for call in calls.plain:
        program += [_step(_EQUALS, call, no=1), allow]
    return [*program, refuse]


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
