"""Checks of names: CURIEs that nobody expanded, IRIs that are none.

Sources: RFC 3987 (IRIs), https://www.w3.org/TR/curie/, and IANA's list of URI schemes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.survey import Flags, Survey
from graphs.validate.findings import Finding, Severity

__all__ = ["check_names"]

_SCHEMES: Final = """
about acct ar arks blob cid coap coaps data did dns drm ethereum example file ftp ftps geo git go gopher gs http https
imap info ipfs ipns irc ircs jabber jar javascript jdbc ldap ldaps magnet mailto mid mongodb ni news nfs nntp pop res
resource rmi rsync rtsp s3 sftp sip sips sms smb snmp ssh svn tag tel telnet tftp urn view-source wais ws wss xmpp
"""
"""Schemes of IRIs; a name that begins with another word and a colon is taken for a CURIE."""
_BEGINNING: Final = r"^(?P<prefix>[A-Za-z_][A-Za-z0-9+._-]*):"
_FORBIDDEN: Final = r'[\x00-\x20\x7f<>"{}|\\^`]|%(?:$|[^0-9A-Fa-f]|[0-9A-Fa-f](?:$|[^0-9A-Fa-f]))'


def check_names(survey: Survey) -> Iterator[Finding]:
    """Find CURIEs, IRIs with characters that none may have, and names that are no IRI at all.

    Looked at are entities but blank nodes and triple terms, predicates, datatypes and named graphs. A CURIE's prefix
    is either one that the graph does not declare, or one that it does: then some program should have expanded it.
    """
    names = _all_names(survey)
    prefixes = pc.struct_field(pc.extract_regex(names, _BEGINNING), "prefix")
    absolute = _flags(pc.is_valid(prefixes))
    schemes = _flags(_is_in(pc.utf8_lower(prefixes), _SCHEMES.split()))
    curies = absolute & ~schemes & ~_flags(pc.match_substring_regex(names, r"^[^:]*://"))
    declared = _flags(_is_in(prefixes, list(survey.store.prefixes)))
    for code, flags, message in (
        ("unknown-prefix", curies & ~declared, "names begin with a prefix that the graph does not declare"),
        (
            "unexpanded-prefix",
            curies & declared,
            "names begin with a prefix of the graph, and were not expanded",
        ),
    ):
        if flags.any():
            mask = pa.array(flags)
            examples = _by_prefix(names.filter(mask), prefixes.filter(mask), survey.limit)
            yield Finding(code, Severity.warning, message, int(flags.sum()), examples)
    broken = absolute & _flags(pc.match_substring_regex(names, _FORBIDDEN))
    for code, flags, severity, message in (
        ("invalid-iri", broken, Severity.error, "IRIs hold characters that no IRI may have"),
        ("relative-name", ~absolute, Severity.info, "names are no absolute IRIs"),
    ):
        if flags.any():
            shown = names.take(pa.array(np.flatnonzero(flags)[: survey.limit])).to_pylist()
            yield Finding(code, severity, message, int(flags.sum()), tuple({"name": name} for name in shown))


def _all_names(survey: Survey) -> pa.LargeStringArray:
    columns = survey.store.columns
    entities = survey.names.filter(pa.array(~(survey.blank | survey.quoted)))
    others = {
        *columns.relations.column("iri").to_pylist(),
        *survey.literal_names("predicate"),
        *survey.literal_names("datatype"),
        *survey.store.graphs(),
    }
    rest = sorted(name for name in others if name and not name.startswith("_:"))
    known = survey.store.entity_ids(rest) >= 0
    unseen = [name for name, found in zip(rest, known.tolist(), strict=True) if not found]
    return pa.concat_arrays([entities, pa.array(unseen, pa.large_string())])


def _is_in(names: pa.LargeStringArray, wanted: list[str]) -> pa.BooleanArray:
    return pc.is_in(names, pa.array(wanted, names.type), skip_nulls=True)


def _flags(found: pa.BooleanArray) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False))


def _by_prefix(
    names: pa.LargeStringArray, prefixes: pa.LargeStringArray, limit: int
) -> tuple[dict[str, str | int], ...]:
    """Return the prefixes of most names, how many they have, and one of these."""
    encoded = prefixes.dictionary_encode()
    codes = encoded.indices.to_numpy()
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:limit].tolist()
    return tuple(
        {
            "prefix": encoded.dictionary[place].as_py(),
            "names": int(counts[place]),
            "example": names[int(first[place])].as_py(),
        }
        for place in order
    )
