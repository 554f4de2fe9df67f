"""Program of the process that compiles shared kernels into the cache, started by `background`.

It is run as a file, and so imports numba and the generated modules, but nothing of the package.
Standard input brings a pickled list of jobs: folder and name of a generated module, and the calls
that compile its functions; it stays open while the parent lives. The name is printed when the
module is done.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from importlib import import_module
from threading import Thread


def main() -> None:
    """Do all jobs, then exit; exit at once when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    jobs = pickle.load(sys.stdin.buffer)
    Thread(target=_exit_with_parent, daemon=True).start()
    for folder, name, calls in jobs:
        sys.path[:] = [*(path for path in sys.path if path != folder), folder]
        module = import_module(name)
        for function, arguments in calls:
            getattr(module, function)(*arguments)
        print(name, flush=True)
    os._exit(0)


def _exit_with_parent() -> None:
    """End this process when the parent closes its end of standard input."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
