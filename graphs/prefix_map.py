"""Prefixes with their provenance: which file declared them, so that they can be forgotten with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["PrefixMap"]


class PrefixMap(Mapping[str, str]):
    """Namespaces by prefix.

    A prefix that was given by hand counts before those that sources declare, and of two sources the first by name: so
    it does not matter in which order they were read.

    Args:
        given: prefixes of nobody's, such as those given by hand.
        declared: prefixes by source.

    >>> prefixes = PrefixMap({"a": "http://a/"}, {"x.ttl": {"a": "http://x/", "b": "http://b/"}})
    >>> dict(prefixes), dict(prefixes.without("x.ttl"))
    ({'a': 'http://a/', 'b': 'http://b/'}, {'a': 'http://a/'})
    """

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        declared: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._given = dict(given or {})
        self._declared = {
            source: dict(prefixes) for source, prefixes in sorted((declared or {}).items()) if prefixes
        }
        self._all = dict(self._given)
        for prefixes in self._declared.values():
            self._all = {**prefixes, **self._all}

    @classmethod
    def of(cls, prefixes: Mapping[str, str] | None) -> PrefixMap:
        """Return a prefix map as it is, and take any other mapping for prefixes that were given by hand."""
        return prefixes if isinstance(prefixes, PrefixMap) else cls(prefixes)

    def __getitem__(self, prefix: str) -> str:
        return self._all[prefix]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._given!r}, {self._declared!r})"

    @property
    def given(self) -> Mapping[str, str]:
        """The prefixes of nobody's."""
        return self._given

    @property
    def declared(self) -> Mapping[str, Mapping[str, str]]:
        """The prefixes that each source declares; those that declare none are left out."""
        return self._declared

    def without(self, source: str) -> PrefixMap:
        """Return the prefixes as they are without what a source declares."""
        return PrefixMap(
            self._given, {name: found for name, found in self._declared.items() if name != source}
        )

    def joined(self, other: PrefixMap) -> PrefixMap:
        """Return the prefixes of both; where both differ in what the same source says, those of this one hold.

        >>> PrefixMap({"a": "http://a/"}).joined(PrefixMap(None, {"x.ttl": {"b": "http://b/"}}))
        PrefixMap({'a': 'http://a/'}, {'x.ttl': {'b': 'http://b/'}})
        """
        sources = {*self._declared, *other._declared}
        return PrefixMap(
            {**other._given, **self._given},
            {name: {**other._declared.get(name, {}), **self._declared.get(name, {})} for name in sources},
        )
