"""A command as a person types it at a terminal."""

import os
import pty

from command import COMMAND, TIMEOUT_S, Magnus, Warm


def at_a_terminal(magnus: Magnus, *words: str) -> tuple[int, str]:
    """The exit code and the screen of `magnus WORDS`, typed by a person."""
    ours, theirs = pty.openpty()
    with Warm([str(COMMAND), *words], magnus.folder, magnus.environment, (theirs, theirs, theirs)) as process:
        os.close(theirs)
        screen = b""
        try:
            while piece := os.read(ours, 4096):
                screen += piece
        except OSError:
            screen += b""
        os.close(ours)
        return process.wait(TIMEOUT_S), screen.decode()
