"""Ctrl-C in the middle of long work, in a process of its own."""

import os
import signal
import subprocess
import sys
import time

import pytest


def ends(script):
    """Interrupt a script that prints ``ready`` before its work, and ``interrupted`` when that is given up."""
    if os.name != "posix":
        pytest.skip("signals")
    work = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert work.stdout.readline() == "ready\n"
        time.sleep(0.4)
        began = time.monotonic()
        work.send_signal(signal.SIGINT)
        out, errors = work.communicate(timeout=20)
        took = time.monotonic() - began
    finally:
        work.kill()
    assert out == "interrupted\n", errors
    assert took < 3, took  # a second, and two for a busy machine
