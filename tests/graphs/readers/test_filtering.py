"""What of a file is wanted: by language and by property."""

from __future__ import annotations

import io

import pytest

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.readers.filtering import filtered, language_wanted
from graphs.readers.lines import read_lines
from graphs.readers.reading import Filters, Reading
from graphs.store import Store

WDT = "http://www.wikidata.org/prop/direct/"
TRUTHY = f"""<ex:Q1> <{WDT}P31> <ex:Q2> .
<ex:Q1> <{WDT}P279> <ex:Q3> .
<ex:Q1> <{v.RDFS_LABEL}> "owl"@en .
<ex:Q1> <{v.RDFS_LABEL}> "owl"@en-gb .
<ex:Q1> <{v.RDFS_LABEL}> "Eule"@de .
<ex:Q1> <{WDT}P1813> "Oo"@de .
<ex:Q1> <{WDT}P2067> "1.5" .
<ex:Q1> <{v.SCHEMA_HTTP_DESCRIPTION}> "a bird"@en .
"""


@pytest.mark.parametrize(
    ("languages", "properties", "triples", "literals"),
    [
        ((), (), 2, 6),
        (("en",), (), 2, 4),
        (("de", "EN-GB"), (), 2, 4),
        ((), ("P31",), 1, 4),
        (("en",), (WDT + "P31", "P2067"), 1, 4),
        (("fr",), ("P1",), 0, 0),
    ],
)
def test_truthy_statements_are_filtered_and_counted(
    languages: tuple[str, ...], properties: tuple[str, ...], triples: int, literals: int
) -> None:
    filters = Filters(frozenset(languages), frozenset(properties))
    reading = Reading(None, "truthy.nt", "n-triples", filters=filters, stream=io.BytesIO(TRUTHY.encode()))
    store = Store(assemble(filtered(read_lines(reading), reading)))
    assert (store.num_triples, store.num_literals) == (triples, literals)
    assert reading.filtered == 8 - triples - literals


def test_a_base_direction_is_no_part_of_a_language() -> None:
    assert language_wanted("ar--rtl", Filters(languages=frozenset({"ar"})))
