"""The state of logging belongs to the process: a test that sets it up puts it back."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def restored(*names: str) -> Iterator[None]:
    """Put back levels and handlers of these loggers, of ours and of the root, and Python's hooks."""
    loggers = [logging.getLogger(name) for name in ("", "bot", *names)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    showwarning = warnings.showwarning
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        warnings.showwarning = showwarning
        for logger, level, handlers in before:
            logger.setLevel(level)
            logger.handlers = handlers
