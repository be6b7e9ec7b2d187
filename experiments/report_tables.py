"""Tables of the report page."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.markup import Html, element

__all__ = ["scroll", "simple_table"]


def simple_table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()
) -> Html:
    """Return a table in a box of its own.

    Args:
        caption: what it shows.
        heads: names of the columns.
        rows: cells, as text or as markup; the first of each row names it.
        words: columns that hold words rather than figures.

    >>> simple_table("Birds", ["name", "legs"], [["owl", "2"]]).count("<td")
    1
    """
    head = [
        element("th", name, scope="col", class_="words" if place in words else None)
        for place, name in enumerate(heads)
    ]
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *[
                element("td", cell, class_="words" if place in words else None)
                for place, cell in enumerate(row[1:], start=1)
            ],
        )
        for row in rows
    ]
    return scroll(
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *head)),
            element("tbody", *body),
        )
    )


def scroll(table: Html) -> Html:
    """Return a table in a box of its own that scrolls on a narrow screen, also by keyboard."""
    return element("div", table, class_="scroll", tabindex=0)
