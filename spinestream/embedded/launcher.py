"""Becomes a server that ends when the process that started it ends: `launcher.py OWNER_PID PROGRAM ARGUMENT...`.

Run as a script of its own and not as a `preexec_fn`: Python code between fork and exec can deadlock in a process
with threads, and ours has them. The kernel sends the signal when the *thread* that forked ends, so the caller
forks from a thread that lives as long as it does (`processes.spawn`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for SIGTERM at the owner's death, look whether that has happened already, become the server."""
    owner, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0) != 0:
        sys.exit(f"prctl refused: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != owner:
        sys.exit("the process that started this server has ended")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
