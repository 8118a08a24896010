"""Decode an answer: UTF-8, with a byte order mark or not, UTF-16, or the declared charset."""

from __future__ import annotations

import codecs

import httpx

# UTF-32 is not supported; its mark begins like that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In these any bytes are a text: used only if the answer declares one of them.
_SINGLE_BYTE = frozenset({"iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252"})


class TextDecoder:
    """Decodes bytes as they arrive; ``encoding`` is what was detected so far.

    JSON is UTF-8 (RFC 8259), so that is tried first: many servers declare another charset. The
    declared one is used if the bytes are not UTF-8. Raises ValueError if they are neither.
    """

    def __init__(self, response: httpx.Response | None = None) -> None:
        declared = (response.charset_encoding or "").lower() if response is not None else ""
        self.encoding = "utf-8"
        self._declared = declared if declared in _SINGLE_BYTE else ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._first = b""
        self._ascii_only = True  # so far

    def feed(self, chunk: bytes) -> str:
        """Return the text that is complete with this chunk."""
        if self._decoder is None:
            self._first += chunk
            if len(self._first) < 4:  # a byte order mark, or the zero bytes of UTF-16
                return ""
            chunk = self._begin()
        return self._decode(chunk)

    def end(self) -> str:
        """Return the rest. Raises ValueError if it ends within a character."""
        rest = self._decode(self._begin()) if self._decoder is None else ""
        return rest + (self._decoder.decode(b"", final=True) if self._decoder else "")

    def _begin(self) -> bytes:
        first, self._first = self._first, b""
        self.encoding = next(
            (name for mark, name in _BYTE_ORDER_MARKS if first.startswith(mark)), "utf-8"
        )
        if self.encoding == "utf-8" and b"\0" in first[:2]:
            self.encoding = "utf-16-be" if first[:1] == b"\0" else "utf-16-le"
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        return first

    def _decode(self, chunk: bytes) -> str:
        if self._decoder is None:
            return ""
        before = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(chunk)
        except UnicodeDecodeError:
            if not (self._declared and self._ascii_only and self.encoding == "utf-8"):
                raise
            self.encoding = self._declared
            self._decoder = codecs.getincrementaldecoder(self._declared)()
            return self._decoder.decode(before + chunk)
        self._ascii_only = self._ascii_only and text.isascii()
        return text


def text_of(response: httpx.Response, body: bytes) -> str:
    """Return the text of a complete body. Raises ValueError if it cannot be decoded."""
    decoder = TextDecoder(response)
    return decoder.feed(body) + decoder.end()
