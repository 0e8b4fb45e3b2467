"""A command as a person types it at a terminal."""

import os
import pty
import subprocess

from command import COMMAND, Magnus


def at_a_terminal(magnus: Magnus, *words: str) -> tuple[int, str]:
    """The exit code and the screen of `magnus WORDS`, typed by a person."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=magnus.folder, env=magnus.environment
    )
    os.close(theirs)
    screen = b""
    try:
        while piece := os.read(ours, 4096):
            screen += piece
    except OSError:
        screen += b""
    os.close(ours)
    return process.wait(60), screen.decode()
