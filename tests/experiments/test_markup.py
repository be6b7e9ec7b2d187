"""Markup that nothing put into it can break."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from experiments.markup import Html, element, join


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text() | st.sampled_from(["</p><script>", '" onload="x', "&lt;", "' autofocus onfocus=x"]))
def test_any_text_comes_back_as_that_text(content: str) -> None:
    page = Seen()
    page.feed(element("p", content, element("b", content), title=content))
    page.close()
    assert page.tags == [("p", {"title": content}), ("b", {})]
    assert page.text == content * 2


def test_attributes() -> None:
    made = element(
        "a", class_="x", aria_label="y", http_equiv="z", hidden=True, title=None, checked=False, n=3
    )
    assert made == '<a class="x" aria-label="y" http-equiv="z" hidden n="3"></a>'
    assert element("meta", name="viewport") == '<meta name="viewport">'


def test_join_escapes_only_what_is_no_markup() -> None:
    assert join(["<", Html("<br>"), ">"], "|") == "&lt;|<br>|&gt;"
