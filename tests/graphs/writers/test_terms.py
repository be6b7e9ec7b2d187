"""Terms are written as pyoxigraph, asked one by one, would have them."""

from __future__ import annotations

import pyarrow as pa
import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.bare_names import NAMES
from graphs.writers.terms import escaped, iris, resources

WORDS = ("http://", "https:", "urn:", "ex:", "//", "B9", "%20", "%zz", "")
SIGNS = '/a%?#:@[] \n<>"\\^`{é\x80\ue000\ufdd0\uffff😀\U000e0001'
PIECES = st.sampled_from([*WORDS, *SIGNS])
NAMED = st.lists(PIECES, max_size=6).map("".join)


def is_iri(name: str) -> bool:
    try:
        return ox.NamedNode(name).value == name
    except ValueError:
        return False


@settings(max_examples=500)
@given(st.lists(NAMED, min_size=1, max_size=20))
def test_exactly_the_iris_are_written_as_they_are(names: list[str]) -> None:
    written = iris(pa.array(names, pa.large_string()), NAMES).to_pylist()
    for name, term in zip(names, written, strict=True):
        assert (term == f"<{name}>") == is_iri(name)
        assert is_iri(term[1:-1])


@settings(max_examples=300)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_escaped_texts_are_read_again(texts: list[str]) -> None:
    for text, written in zip(texts, escaped(pa.array(texts, pa.large_string())).to_pylist(), strict=True):
        [quad] = ox.parse(f'<x:s> <x:p> "{written}" .'.encode(), ox.RdfFormat.N_TRIPLES)
        assert quad.object == ox.Literal(text)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(NAMED, NAMED.map("_:{}".format), NAMED.map("<<( {} )>>".format)), min_size=1, max_size=20
    )
)
def test_any_name_is_written_as_one_valid_term(names: list[str]) -> None:
    terms = resources(pa.array(names, pa.large_string()), NAMES)
    for name, term, quoted in zip(names, terms.written.to_pylist(), terms.triples.tolist(), strict=True):
        [quad] = ox.parse(f"<x:s> <x:p> {term} .".encode(), ox.RdfFormat.N_TRIPLES)
        assert (type(quad.object) is ox.Triple) == quoted
        assert (type(quad.object) is ox.BlankNode) == name.startswith("_:")
