"""A file's bytes where they lie: in memory, or on a disk where two gigabytes of them may stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from .limits import ImportLimits

_PIECE = 1 << 20


class Stored:
    """A file's bytes, read from the beginning as often as asked for."""

    def __init__(self, data: bytes | Path) -> None:
        self.data = data
        self.size = len(data) if isinstance(data, bytes) else data.stat().st_size
        self._sha256 = ""

    @classmethod
    def of(cls, data: bytes | Path | Stored) -> Stored:
        """Bytes or a file, or what is one already with the digest it knows."""
        return data if isinstance(data, Stored) else cls(data)

    def open(self) -> BinaryIO:
        """The bytes from the beginning."""
        return BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")

    def head(self, size: int) -> bytes:
        """The first so many bytes."""
        with self.open() as stream:
            return stream.read(size)

    def read(self) -> bytes:
        """All of it, whatever it takes."""
        with self.open() as stream:
            return stream.read()

    def ends_with(self, mark: bytes) -> bool:
        """True if these are the last bytes."""
        with self.open() as stream:
            stream.seek(max(0, self.size - len(mark)))
            return stream.read() == mark

    def whole(self, limits: ImportLimits) -> bytes:
        """All of it at once. Raises TrackRefused where that would be too much for memory."""
        if isinstance(self.data, bytes):
            return self.data
        limits.check_whole(self.size)
        return self.data.read_bytes()

    def sha256(self) -> str:
        """The digest of all bytes, 64 hexadecimal digits; computed once."""
        if not self._sha256:
            digest = hashlib.sha256()
            with self.open() as stream:
                while piece := stream.read(_PIECE):
                    digest.update(piece)
            self._sha256 = digest.hexdigest()
        return self._sha256

    def lines(self, start: int, size: int) -> Iterator[bytes]:
        """Pieces of whole lines from byte ``start`` on, of about ``size`` bytes; a longer line is a piece of its own."""
        with self.open() as stream:
            stream.seek(start)
            rest = b""
            while read := stream.read(size):
                end = read.rfind(b"\n") + 1
                if not end:
                    rest += read
                    continue
                yield rest + read[:end]
                rest = read[end:]
            if rest:
                yield rest
