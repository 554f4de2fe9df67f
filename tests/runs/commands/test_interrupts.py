"""Interrupts of the command line in real processes: one sentence, code 130, nothing left behind."""

import re
import signal
import subprocess
import sys
import time

import pytest

PATCHES = {
    "in Python": "while True: time.sleep(0.01)",
    "where it is lost, as in a callback of the compiler": "busy()",
    "in compiled code, which delays it": "compiled()",
}
START = """
import ctypes, sys, time
from qlangevin import steady
from qlangevin.runs import cli

def busy():
    while True:
        try:
            time.sleep(0.01)
        except KeyboardInterrupt:
            pass

def compiled():
    began = time.monotonic()
    while time.monotonic() - began < 60:
        ctypes.CDLL(None).usleep(200_000)

def hang(*_, **__):
    print("here", file=sys.stderr, flush=True)
    {what}

{where} = hang
sys.argv = ["qlangevin", *{arguments}]
cli.main()
"""


def interrupted(what, where, arguments, folder):
    """Start a command that hangs in a function, and interrupt it there.

    Returns the exit code, its error output, and the seconds until it ended.
    """
    text = START.format(what=what, where=where, arguments=arguments)
    imports = f"import {where.rpartition('.')[0]}\n" if where.startswith("qlangevin") else ""
    process = subprocess.Popen(
        [sys.executable, "-c", imports + text],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while (line := process.stderr.readline()) != "here\n":
        assert line.startswith("Memory: ")
    time.sleep(0.1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=60)
    assert printed == ""
    return process.returncode, said, time.monotonic() - began


@pytest.mark.parametrize("what", PATCHES.values(), ids=PATCHES)
def test_the_first_interrupt_stops_a_run_that_is_being_prepared(what, tmp_path):
    where = "qlangevin.runs.execution.run.known_states"
    code, said, seconds = interrupted(what, where, ["run", "spinning"], tmp_path)
    assert code == 130
    assert re.fullmatch(
        r"qlangevin: interrupted(: no result was written; the same command continues .*)?\n", said
    )
    assert seconds < 10
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "command", [["steady", "spinning"], ["map", "spinning-map"]], ids=["steady", "map"]
)
def test_the_first_interrupt_stops_commands_that_cannot_be_paused(command, tmp_path):
    where = {"steady": "steady.known_states", "map": "qlangevin.runs.execution.map.grid"}[
        command[0]
    ]
    code, said, _ = interrupted("while True: time.sleep(0.01)", where, command, tmp_path)
    assert code == 130
    assert re.fullmatch(r"qlangevin: interrupted(: nothing was written)?\n", said)
    assert list(tmp_path.rglob("*")) == []
