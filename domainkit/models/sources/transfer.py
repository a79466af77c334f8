"""Downloads one file over HTTP so that a broken download goes on where it stopped."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from domainkit.errors import ModelError
from domainkit.models.sources import Advance

# A host that does not answer must not hold up the next source for long.
_TIMEOUT_SECONDS = 10.0
# How often one call goes on after a broken connection, as long as each time brings bytes.
_ATTEMPTS = 5
_BLOCK = 1 << 18


def download(url: str, target: Path, *, size: int, token: str = "", advance: Advance) -> None:
    """Write the ``size`` bytes at ``url`` to ``target``; until they are whole, to ``target.part``.

    Args:
        url: an http or https address.
        target: a file that is not there yet.
        size: the bytes there must be; more or fewer are refused.
        token: sent as a bearer token to the host of ``url`` and to no other.
        advance: told how many bytes are there so far.

    Raises:
        ModelError: when the host cannot be reached, refuses, or has another number of bytes.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ModelError(f"{url} is no http address")
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    stopped = ""
    for _ in range(_ATTEMPTS):
        have = _length(part)
        if have == size:
            break
        stopped = _pull(url, part, size=size, token=token, advance=advance)
        if _length(part) <= have:
            raise ModelError(stopped)
    if _length(part) != size:
        raise ModelError(f"{stopped}, for the {_ATTEMPTS}th time")
    part.replace(target)


def _pull(url: str, part: Path, *, size: int, token: str, advance: Advance) -> str:
    """Append what the host sends to ``part`` until it stops; return why it stopped."""
    have, host = _length(part), urlsplit(url).netloc
    try:
        with urllib.request.urlopen(  # noqa: S310 (the scheme is checked above)
            _request(url, have, token), timeout=_TIMEOUT_SECONDS
        ) as response:
            resumed = str(response.headers.get("Content-Range", ""))
            have = have if resumed.startswith(f"bytes {have}-") else 0
            _check_length(response, have, size, url)
            with part.open("ab" if have else "wb") as out:
                _copy(response, out, have=have, size=size, advance=advance)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # it is longer than the file: the next try begins anew
        return f"{url} answered {error.code} {error.reason}"
    except urllib.error.URLError as error:
        return f"{host} cannot be reached: {error.reason}"
    except (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException) as error:
        return f"{host} broke off: {error or type(error).__name__}"
    return f"{host} broke off after {_length(part):,} of {size:,} bytes"


def _request(url: str, have: int, token: str) -> urllib.request.Request:
    request = urllib.request.Request(url, headers={"User-Agent": "domainkit"})  # noqa: S310
    if have:
        request.add_header("Range", f"bytes={have}-")
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


def _check_length(response: http.client.HTTPResponse, have: int, size: int, url: str) -> None:
    if response.length is not None and have + response.length != size:
        offered = have + response.length
        raise ModelError(f"{url} has {offered:,} bytes, the catalogue says {size:,}")


def _copy(
    response: http.client.HTTPResponse, out: IO[bytes], *, have: int, size: int, advance: Advance
) -> None:
    while have < size and (block := response.read(min(_BLOCK, size - have))):
        out.write(block)
        have += len(block)
        advance(have)


def _length(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
