"""What can go wrong, one type for each thing somebody has to do about it.

MagnusError
├── BadInput      the person changes what they gave            exit 2
├── Unavailable   something outside is missing or unreachable  exit 2
│   └── Outage    it was there a moment ago: try again         exit 2
├── TooManySteps  a bound fired; the request can go on         exit 4
└── Busy          another process runs this thread             exit 5

The message is one sentence that says what is wrong and what to do. Anything else that escapes is a bug (exit 70).
"""


class MagnusError(RuntimeError):
    """Something a person can act on. The LangGraph server shows the message of a RuntimeError, and hides others."""

    exit_code = 1


class BadInput(MagnusError):
    """What was given cannot be used."""

    exit_code = 2


class Unavailable(MagnusError):
    """Something Magnus needs is missing or cannot be reached."""

    exit_code = 2


class Outage(Unavailable):
    """Something Magnus was using went away, and may be back in a moment."""


class TooManySteps(MagnusError):
    """A request took all the steps it may take in one go."""

    exit_code = 4


class Busy(MagnusError):
    """Another process runs this thread."""

    exit_code = 5
