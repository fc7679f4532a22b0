"""Which connection a key may go over: decided before anything is sent.

Plain http shows the key to everybody on the way, so it is for this machine alone unless it is asked for. A certificate
is trusted where the system trusts it: a company's own authority is set up there once, or named in SSL_CERT_FILE.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx2

from conformance.option_names import PLAIN_HTTP, PROXIES


def plain_http_fault(url: str) -> str:
    """Why a key may not go to this address unasked; empty where it may."""
    parts = urlsplit(url)
    if parts.scheme != "http" or is_this_machine(parts.hostname or ""):
        return ""
    return (
        f"{url}: http is not encrypted, so the key could be read on its way to {parts.hostname}; "
        f"take https, or say --{PLAIN_HTTP} where the network is your own"
    )


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine by its very name: no name is looked up, for the answer could change."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_loopback or inner.is_unspecified)


def ignored_proxy(url: str) -> str:
    """What to say where no connection came about and the environment names a proxy that was not used; else empty."""
    name = _proxy_variable(url)
    if not name or is_this_machine(urlsplit(url).hostname or ""):
        return ""
    return f"{name} is set and was not used: with --{PROXIES} the key goes through that proxy."


def _proxy_variable(url: str) -> str:
    """The environment variable that names a proxy for this address; empty where none does."""
    names = {"https": ("HTTPS_PROXY", "ALL_PROXY")}.get(urlsplit(url).scheme, ("HTTP_PROXY", "ALL_PROXY"))
    return next((name for name in names if os.environ.get(name) or os.environ.get(name.lower())), "")


def proxy_used(url: str) -> str:
    """The proxy that stands between this machine and an address where those of the environment are used, as a person
    knows it: the variable, and the host and port without a password. Empty where there is none."""
    name, host = _proxy_variable(url), urlsplit(url).hostname or ""
    if not name or proxy_bypass(host):
        return ""
    value = os.environ.get(name.lower()) or os.environ.get(name, "")
    return f"{name} ({value.rpartition('@')[2].rpartition('//')[2].partition('/')[0]})"


def proxy_fault() -> str:
    """What is wrong with the proxies that the environment names; empty where nothing is. No value is shown: it may
    hold a password."""
    for name, value in os.environ.items():
        if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") and value:
            try:
                httpx2.Proxy(value if "://" in value else f"http://{value}")
                fit = bool(urlsplit(value if "://" in value else f"http://{value}").hostname)
            except (ValueError, httpx2.InvalidURL):
                fit = False
            if not fit:
                return f"{name}: is no address of a proxy; write it as http://host:port, or leave --{PROXIES} out"
    return ""


def trusted() -> ssl.SSLContext:
    """The certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR where these are set, else the
    system's. Raises OSError where the file cannot be read."""
    return httpx2.create_ssl_context()


def trust_fault() -> str:
    """What is wrong with the certificates that the environment names; empty where nothing is."""
    try:
        trusted()
    except (OSError, ssl.SSLError) as error:
        named = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
        where = f"{named}={os.environ[named]}" if named else "the system's certificates"
        return f"{where}: cannot be read as certificates ({error.strerror or error}); name a PEM file, or unset it"
    return ""
