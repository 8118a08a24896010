"""Pagers: each a small adapter of the port ``bot.ports.Pager`` over HTTP."""
