"""Ed25519 keys: made, read, and what they sign.

A private key is a PEM file that only its owner reads; a public key is one word of text,
``ed25519:`` and its 32 bytes in base64.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Any

import platformdirs

from domainkit import extras
from domainkit.errors import PackError

PREFIX = "ed25519:"
SUFFIX = ".pub"
_PURPOSE = b"domainkit pack 1\n"  # so that no signature of something else passes for one of a pack
_KEY, _SIGNATURE = 32, 64  # bytes, https://www.rfc-editor.org/rfc/rfc8032#section-5.1


def default_key() -> Path:
    """Return where the private key of this user stands."""
    return platformdirs.user_config_path("domainkit") / "signing.key"


def generate(path: Path) -> str:
    """Write a new private key to ``path`` and its public key beside it; return the latter.

    Raises:
        PackError: when one of the files is there already, or cannot be written.
    """
    ed25519, serialization = _ed25519(), _serialization()
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = _text(private.public_key().public_bytes_raw())
    beside = path.with_name(path.name + SUFFIX)
    for taken in (path, beside):
        if taken.exists():
            raise PackError(
                f"{taken} is there already, and a key is never overwritten",
                hint="give another file: domainkit pack key --out FILE",
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        with beside.open("x", encoding="utf-8") as file:
            file.write(f"{public}\n")
    except OSError as error:
        raise PackError(
            f"{error.filename or path}: {error.strerror}",
            hint="give a file you may write: domainkit pack key --out FILE",
        ) from error
    return public


def sign(key: Path, message: bytes) -> tuple[str, str]:
    """Return the public key that belongs to the private ``key``, and its signature in base64.

    Raises:
        PackError: when the file is no such key, or others may read it.
    """
    private = _private(key)
    signature = base64.b64encode(private.sign(_PURPOSE + message)).decode()
    return _text(private.public_key().public_bytes_raw()), signature


def signed(key: str, signature: str, message: bytes) -> bool:
    """Return whether ``signature`` is that of ``message`` by the public ``key``."""
    from_bytes = _ed25519().Ed25519PublicKey.from_public_bytes
    invalid: type[Exception] = extras.load(
        "cryptography.exceptions", needed_for="the signature of a pack"
    ).InvalidSignature
    raw, written = _raw(key), _decoded(signature, _SIGNATURE)
    if raw is None or written is None:
        return False
    try:
        from_bytes(raw).verify(written, _PURPOSE + message)
    except (invalid, ValueError):
        return False
    return True


def public(given: str) -> str:
    """Return the public key that ``given`` is, or that the file of that name holds.

    Raises:
        PackError: when it is neither.
    """
    word, path = given.strip(), Path(given).expanduser()
    if _raw(word) is None and path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        word = (text.split() or [""])[0]
    if _raw(word) is None:
        raise PackError(
            f"'{given}' is no public key, and no file that holds one",
            hint=f"a key reads {PREFIX} and 44 characters; domainkit pack key makes a pair",
        )
    return word


def is_key(word: str) -> bool:
    """Return whether ``word`` is a public key."""
    return _raw(word) is not None


def _private(path: Path) -> Any:
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise PackError(
            f"{path}: there is no key to sign with ({error.strerror})",
            hint="domainkit pack key makes one; --key FILE names another; --unsigned does without",
        ) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise PackError(
            f"{path}: others may read this private key",
            hint=f"chmod 600 {path}, or make a new one",
        )
    try:
        private = _serialization().load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise PackError(
            f"{path}: is no private key in PEM without a password", hint="domainkit pack key"
        ) from error
    if not isinstance(private, _ed25519().Ed25519PrivateKey):
        raise PackError(f"{path}: is no Ed25519 key", hint="domainkit pack key makes one")
    return private


def _text(raw: bytes) -> str:
    return PREFIX + base64.b64encode(raw).decode()


def _raw(word: str) -> bytes | None:
    return _decoded(word.removeprefix(PREFIX), _KEY) if word.startswith(PREFIX) else None


def _decoded(text: str, length: int) -> bytes | None:
    """Return the ``length`` bytes that ``text`` writes in base64, in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length and base64.b64encode(raw).decode() == text else None


def _ed25519() -> Any:
    return extras.load(
        "cryptography.hazmat.primitives.asymmetric.ed25519", needed_for="the signature of a pack"
    )


def _serialization() -> Any:
    return extras.load(
        "cryptography.hazmat.primitives.serialization", needed_for="the signature of a pack"
    )
