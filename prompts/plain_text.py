"""Text as it can be shown and handed to a model: without what a terminal obeys and what nobody can see."""

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
INVISIBLE = re.compile("[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")


def plain(text: str) -> str:
    """The text without control characters (new lines and tabs stay) and without invisible ones.

    >>> plain("a\\x1b[31mb")
    'a[31mb'
    """
    return INVISIBLE.sub("", CONTROL.sub("", text))
