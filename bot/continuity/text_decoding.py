"""The text of an answer, whatever its bytes: UTF-8 with or without a mark, UTF-16, or what it says of itself."""

from __future__ import annotations

import codecs

import httpx

# Marks at the beginning; that of UTF-32 begins like that of UTF-16, and nobody sends it.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# One byte a character, so that any bytes are some text: taken only where the answer says so.
_SAID = frozenset({"iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252"})


class TextDecoder:
    """Turns bytes into text as they come; ``encoding`` is what they are, as far as was seen.

    JSON is UTF-8 (RFC 8259), so that is tried whatever is said: many servers say another. What is said
    counts where the bytes are no UTF-8. Raises ValueError where they are neither.
    """

    def __init__(self, response: httpx.Response | None = None) -> None:
        said = (response.charset_encoding or "").lower() if response is not None else ""
        self.encoding = "utf-8"
        self._said = said if said in _SAID else ""
        self._begun: codecs.IncrementalDecoder | None = None
        self._first = b""
        self._plain = True  # nothing but ASCII so far

    def feed(self, chunk: bytes) -> str:
        """Return the text that is complete with this chunk."""
        if self._begun is None:
            self._first += chunk
            if len(self._first) < 4:  # a mark, or the zeros of a wider encoding
                return ""
            chunk = self._begin()
        return self._decode(chunk)

    def end(self) -> str:
        """Return what is left. Raises ValueError where half a character is."""
        rest = self._decode(self._begin()) if self._begun is None else ""
        return rest + (self._begun.decode(b"", final=True) if self._begun else "")

    def _begin(self) -> bytes:
        first, self._first = self._first, b""
        self.encoding = next((name for mark, name in _MARKS if first.startswith(mark)), "utf-8")
        if self.encoding == "utf-8" and b"\0" in first[:2]:
            self.encoding = "utf-16-be" if first[:1] == b"\0" else "utf-16-le"
        self._begun = codecs.getincrementaldecoder(self.encoding)()
        return first

    def _decode(self, chunk: bytes) -> str:
        if self._begun is None:
            return ""
        before = self._begun.getstate()[0]
        try:
            text = self._begun.decode(chunk)
        except UnicodeDecodeError:
            if not (self._said and self._plain and self.encoding == "utf-8"):
                raise
            self.encoding = self._said
            self._begun = codecs.getincrementaldecoder(self._said)()
            return self._begun.decode(before + chunk)
        self._plain = self._plain and text.isascii()
        return text


def text_of(response: httpx.Response, body: bytes) -> str:
    """Return the text of a whole answer. Raises ValueError where its bytes are none."""
    reader = TextDecoder(response)
    return reader.feed(body) + reader.end()
