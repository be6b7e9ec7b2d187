"""The wikis that Wikidata's items link to: their addresses and languages.

Source: the sites that https://www.wikidata.org/wiki/Special:SiteMatrix lists.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote

__all__ = ["Site", "article_iri", "site_of"]

_PROJECTS: Final = {
    "wiki": "wikipedia",
    **{
        name: name
        for name in (
            "wikibooks",
            "wikinews",
            "wikiquote",
            "wikisource",
            "wikiversity",
            "wikivoyage",
            "wiktionary",
        )
    },
}
_SITE: Final = re.compile(rf"([a-z][a-z0-9_]*?)({'|'.join(sorted(_PROJECTS, key=len, reverse=True))})")
_SINGLE: Final = {
    "commonswiki": "commons.wikimedia.org",
    "foundationwiki": "foundation.wikimedia.org",
    "incubatorwiki": "incubator.wikimedia.org",
    "mediawikiwiki": "www.mediawiki.org",
    "metawiki": "meta.wikimedia.org",
    "outreachwiki": "outreach.wikimedia.org",
    "sourceswiki": "wikisource.org",
    "specieswiki": "species.wikimedia.org",
    "wikidatawiki": "www.wikidata.org",
    "wikifunctionswiki": "www.wikifunctions.org",
    "wikimaniawiki": "wikimania.wikimedia.org",
}
"""Wikis that are in no single language."""

_LANGUAGES: Final = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "bh": "bho",
    "fiu-vro": "vro",
    "no": "nb",
    "roa-rup": "rup",
    "simple": "en",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Languages of wikis whose addresses name them otherwise."""

_HOSTS: Final = {"be-x-old": "be-tarask"}


class Site(NamedTuple):
    """A wiki: the IRI that its pages are part of, and its language (empty for many or none)."""

    iri: str
    language: str


@lru_cache(4096)
def site_of(name: str) -> Site | None:
    """Return a wiki by its id, or None where the id has no known form.

    >>> site_of("zh_min_nanwikisource")
    Site(iri='https://zh-min-nan.wikisource.org/', language='nan')
    """
    if name in _SINGLE:
        return Site(f"https://{_SINGLE[name]}/", "")
    found = _SITE.fullmatch(name)
    if found is None:
        return None
    code = found[1].replace("_", "-")
    return Site(f"https://{_HOSTS.get(code, code)}.{_PROJECTS[found[2]]}.org/", _LANGUAGES.get(code, code))


def article_iri(site: Site, title: str) -> str:
    """Return the IRI of a page, with the characters escaped that MediaWiki escapes.

    >>> article_iri(Site("https://en.wikipedia.org/", "en"), "Barn owl (bird)")
    'https://en.wikipedia.org/wiki/Barn_owl_(bird)'
    """
    return f"{site.iri}wiki/{quote(title.replace(' ', '_'), safe=';@$!*(),/~:')}"
