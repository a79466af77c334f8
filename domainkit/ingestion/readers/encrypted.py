"""Reads Office files that a password protects (docx, xlsx, pptx), where a given one opens them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.within import read_in_place_of
from domainkit.types import Document

# What Excel encrypts with when a workbook is protected against changes and not against reading.
_EVERYBODYS = "VelvetSweatshop"


class EncryptedReader:
    """Encrypted Office files of Office 2007 and later; passwords are tried in turn."""

    def __init__(self, passwords: Sequence[str] = ()) -> None:
        self._passwords = (_EVERYBODYS, *passwords)
        self._library: Any = load("msoffcrypto", needed_for="reading encrypted Office files")

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the documents of ``path``, decrypted into a folder that is removed at once.

        Raises:
            IngestionError: when no password opens the file, or what it holds cannot be read.
        """
        with TemporaryDirectory(prefix="domainkit-") as folder:
            opened = Path(folder) / path.name
            self._decrypt(path, opened)
            yield from read_in_place_of(opened, path)

    def _decrypt(self, path: Path, opened: Path) -> None:
        wrong = self._library.exceptions.InvalidKeyError
        # What msoffcrypto raises for files that are no Office files, or are cut off.
        broken = (
            self._library.exceptions.FileFormatError,
            self._library.exceptions.ParseError,
            self._library.exceptions.DecryptionError,
            OSError,
            ValueError,
            KeyError,
            IndexError,
            struct.error,
        )
        with path.open("rb") as source, opened.open("wb") as target:
            try:
                file = self._library.OfficeFile(source)
                for password in self._passwords:
                    try:
                        file.load_key(password=password, verify_password=True)
                    except wrong:
                        continue
                    file.decrypt(target)
                    return
            except broken as error:
                reason = f"it is encrypted in a way that is not known ({error})"
                raise IngestionError(reason, hint="save it without a password") from error
        if len(self._passwords) > 1:
            raise IngestionError("it is encrypted and no given password opens it")
        raise IngestionError("it is encrypted", hint="give its password: --password - asks for it")
