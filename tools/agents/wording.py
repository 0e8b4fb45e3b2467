"""Text of a model or a project made fit to be kept: a database takes no zero byte, and a reader no hidden letter."""


def readable(text: str) -> str:
    """The text with every letter that does not show, but ends of lines and tabs, written as its escape.

    >>> readable("a\\0b\\ud800")
    'a\\\\x00b\\\\ud800'
    """
    return "".join(letter if letter.isprintable() or letter in "\n\t" else _escaped(letter) for letter in text)


def in_a_line(text: str) -> str:
    """The same without ends of lines."""
    return readable(" ".join(text.split()))


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
