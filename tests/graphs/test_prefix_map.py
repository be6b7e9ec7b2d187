"""Prefixes do not depend on the order in which files are read."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

from graphs.prefix_map import PrefixMap


def test_the_order_of_sources_does_not_matter() -> None:
    parts = [
        PrefixMap({"a": "http://hand/"}),
        PrefixMap(None, {"y.ttl": {"a": "http://y/", "b": "http://y/"}}),
        PrefixMap(None, {"x.ttl": {"b": "http://x/"}, "empty.ttl": {}}),
    ]
    for order in permutations(parts):
        joined = reduce(PrefixMap.joined, order)
        assert dict(joined) == {"a": "http://hand/", "b": "http://x/"}
        assert list(joined.declared) == ["x.ttl", "y.ttl"]
        assert dict(joined.without("x.ttl")) == {"a": "http://hand/", "b": "http://y/"}


def test_other_mappings_count_as_given_by_hand() -> None:
    prefixes = PrefixMap.of({"a": "http://a/"})
    assert (dict(prefixes.given), prefixes.declared, len(prefixes)) == ({"a": "http://a/"}, {}, 1)
    assert PrefixMap.of(prefixes) is prefixes
    assert prefixes == {"a": "http://a/"}
