"""What a command says, read with a bound: the beginning and the end are kept, the middle is counted."""

CHUNK = 65_536


class Capture:
    """One stream; it holds little more than `most` bytes and one chunk, however much is fed to it."""

    def __init__(self, most: int) -> None:
        self._head_room, self._tail_room = most - most // 2, most // 2
        self._head, self._tail = bytearray(), bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        room = self._head_room - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._tail_room + CHUNK:
            self._trim()

    def _trim(self) -> None:
        over = max(0, len(self._tail) - self._tail_room)
        del self._tail[:over]
        self._dropped += over

    @property
    def left_out(self) -> int:
        """Bytes of the middle that are gone."""
        self._trim()
        return self._dropped

    @property
    def head(self) -> str:
        """The beginning alone."""
        return self._head.decode(errors="replace")

    @property
    def text(self) -> str:
        """Beginning and end, with a line between them that says how much was left out."""
        if not self.left_out:
            return (self._head + self._tail).decode(errors="replace")
        return f"{self.head}\n[{self.left_out} bytes left out]\n{self._tail.decode(errors='replace')}"
