"""Who sits there: the name under which an approval is kept, and whether it is a person at all."""

import os
import pwd
import sys


def person() -> str:
    """The user of this process as the system knows them, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def is_at_a_terminal() -> bool:
    """Whether somebody types here and reads what is answered; a program that starts a command does not."""
    return sys.stdin.isatty() and sys.stdout.isatty()
