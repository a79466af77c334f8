"""Tells a licence that others can look up from words that name none.

Identifiers are those of SPDX (https://spdx.org/licenses/) for texts, data and code
that packs are made of; ``LicenseRef-…`` is SPDX's own way to name one that has none.
"""

from __future__ import annotations

import re

from domainkit.packs.checking import nearest

PUBLIC_DOMAIN = "public domain"
_CREATIVE_COMMONS = tuple(
    f"CC-{terms}-{version}"
    for terms in ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-ND", "BY-NC-ND")
    for version in ("1.0", "2.0", "2.5", "3.0", "4.0")
)
KNOWN = frozenset(
    {
        *_CREATIVE_COMMONS, "CC-BY-3.0-IGO", "CC-BY-NC-SA-3.0-IGO", "CC0-1.0", "CC-PDDC",
        "PDDL-1.0", "ODbL-1.0", "ODC-By-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0",
        "CDLA-Sharing-1.0", "C-UDA-1.0", "O-UDA-1.0", "OGL-UK-1.0", "OGL-UK-2.0", "OGL-UK-3.0",
        "OGL-Canada-2.0", "etalab-2.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "NLOD-1.0", "NLOD-2.0",
        "GFDL-1.3-only", "GFDL-1.3-or-later", "GFDL-1.2-only",
        "GFDL-1.2-or-later", "Apache-2.0", "MIT", "MIT-0", "0BSD", "BSD-2-Clause", "BSD-3-Clause",
        "ISC", "Unlicense", "MPL-2.0", "EUPL-1.2", "GPL-2.0-only", "GPL-2.0-or-later",
        "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later",
        "LGPL-3.0-only", "LGPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later",
        "MulanPSL-2.0", "OFL-1.1",
    }
)  # fmt: skip
_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


def fault(licence: str) -> str:
    """Return what is wrong with the name of a licence; nothing where it can be looked up."""
    if licence.casefold() == PUBLIC_DOMAIN:
        return ""
    for name in re.split(r"\s+(?:AND|OR)\s+", licence.strip("() ")):
        if name not in KNOWN and not _OWN.fullmatch(name):
            near = nearest(name, sorted(KNOWN)) if len(name) < 40 else ""
            return (
                f"'{licence}' is no licence of SPDX{near} "
                f"('{PUBLIC_DOMAIN}' and LicenseRef-NAME are taken too)"
            )
    return ""
