"""Proxies and trusted certificates from the environment: one rule for every client.

The libraries' own rules differ: one uses `HTTP_PROXY` for https, one reads no variable at all, one
sends loopback addresses through the proxy.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # documented, and unknown to mypy
    getproxies_environment,
    proxy_bypass_environment,
)

import httpx

_TLS = {"https", "wss"}


def proxy_for(url: str) -> str | None:
    """Return the proxy for an address, or None: `HTTPS_PROXY`, unless `NO_PROXY` excludes it.

    A loopback address is reached directly. `HTTP_PROXY` is for `http`, which is never used beyond
    this machine.
    """
    try:
        place = urlsplit(url)
    except ValueError:  # reported when the client connects
        return None
    host = place.hostname or ""
    if is_loopback(host):
        return None
    proxies = getproxies_environment()
    if proxy_bypass_environment(host, proxies):
        return None
    proxy = proxies.get("https" if place.scheme in _TLS else "http")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def is_address(url: str) -> bool:
    """Whether it is an http or https address with a host and without account, query or fragment."""
    try:
        place, port = httpx.URL(url), urlsplit(url).port
    except (httpx.InvalidURL, ValueError):
        return False
    whole = place.scheme in ("http", "https") and bool(place.host) and port != 0
    return whole and not (place.userinfo or "?" in url or "#" in url or any(map(str.isspace, url)))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, given by name or IP address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls_context() -> ssl.SSLContext:
    """Return a context that trusts `SSL_CERT_FILE` and `SSL_CERT_DIR`, else the system's CAs and
    those of certifi."""
    return _cached_context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache
def _cached_context(file: str, folder: str) -> ssl.SSLContext:
    if file or folder:
        return ssl.create_default_context()  # OpenSSL itself reads both variables
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def certificate_error(error: BaseException | None) -> str:
    """Return why a certificate is not trusted, if that caused the error, else ``""``."""
    while error is not None:
        # aiohttp's own error is one of these too, without OpenSSL's message.
        if isinstance(error, ssl.SSLCertVerificationError) and hasattr(error, "verify_message"):
            return f"its certificate is not trusted ({error.verify_message})"
        error = error.__cause__ or error.__context__
    return ""


def complaints() -> list[str]:
    """Return a line for each network variable that cannot be used; no value is repeated."""
    lines = []
    proxy = getproxies_environment().get("https")
    if proxy and not _is_proxy(proxy):
        lines.append("HTTPS_PROXY must be an http:// or https:// address with a host.")
    file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    try:
        if file:
            ssl.create_default_context(cafile=file)
    except OSError as error:  # also where it holds no certificate
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        lines.append(f"SSL_CERT_FILE: {file} cannot be used: {why}.")
    if folder and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        lines.append(f"SSL_CERT_DIR: {folder} is not a folder.")
    return lines


def _is_proxy(proxy: str) -> bool:
    try:
        place = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = place.port
    except ValueError:
        return False
    return place.scheme in ("http", "https") and bool(place.hostname) and port != 0


def proxy_secrets() -> list[str]:
    """Return the passwords in the addresses of proxies; no log line may contain them."""
    found = (urlsplit(proxy) for proxy in getproxies_environment().values() if "@" in proxy)
    return [place.password for place in found if place.password]
