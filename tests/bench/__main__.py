"""Run the benchmarks, from the root of the repository.

python -m tests.bench [--rounds N] [--only NAME …] [--largest N] [--seconds S] [--markdown]
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial


def main() -> None:
    """Progress goes to standard error, tables to standard output."""
    from .machine import describe
    from .suite import EXPERIMENTS

    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Same-run speed ratios against peers."
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument(
        "--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS), metavar="NAME"
    )
    parser.add_argument("--largest", type=int, default=64, help="most modes of sizes (64)")
    parser.add_argument("--seconds", type=float, default=600, help="for each model of sizes (600)")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    options = parser.parse_args()
    print("\n".join(describe()))
    experiments = EXPERIMENTS | {
        "sizes": partial(EXPERIMENTS["sizes"], largest=options.largest, limit=options.seconds)
    }
    for name in options.only:
        say(name)
        for table in experiments[name](options.rounds, say):
            print("\n" + (table.markdown() if options.markdown else table.text()), flush=True)


def say(line: str) -> None:
    """Progress."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Read when NumPy is first imported, in main: for small matrices threads of BLAS only fight over
    # the cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
