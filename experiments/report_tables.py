"""Tables of reports, as HTML and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.markup import Html, element, join

__all__ = ["Table", "markdown_table", "scroll", "simple_table"]


@dataclass(frozen=True)
class Table:
    """A table that is shown in both forms.

    Attributes:
        caption: what it shows.
        heads: names of the columns.
        rows: cells as text; the first of each row names it.
        words: columns that hold words rather than figures, besides the first.
        note: what is to be known beside it; stands after it.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int] = ()
    note: str = ""

    def html(self) -> Html:
        """Return the table in a box, and the note."""
        table = simple_table(self.caption, self.heads, self.rows, words=self.words)
        return join([table, element("p", self.note, class_="note") if self.note else Html("")])

    def markdown(self) -> str:
        """Return the caption as a sentence, the table, and the note.

        >>> print(Table("Legs of birds", ["name", "legs"], [["owl", "2"]], note="Counted.").markdown())
        Legs of birds:
        <BLANKLINE>
        | name | legs |
        |---|---:|
        | owl | 2 |
        <BLANKLINE>
        Counted.
        """
        table = markdown_table(self.heads, self.rows, words=(0, *self.words))
        return "\n\n".join(filter(None, (f"{self.caption}:", table, self.note)))


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """Return a table in Markdown.

    Args:
        heads: names of the columns.
        rows: cells, which may be marked up; a bar in them is escaped.
        words: columns that hold words rather than figures.

    >>> print(markdown_table(["a|b", "n"], [["x", "**1**"]]))
    | a\\|b | n |
    |---|---:|
    | x | **1** |
    """
    rule = "".join("---|" if place in words else "---:|" for place in range(len(heads)))
    lines = [
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
        for row in (heads, *rows)
    ]
    return "\n".join([lines[0], f"|{rule}", *lines[1:]])


def simple_table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()
) -> Html:
    """Return a table in a box of its own.

    Args:
        caption: what it shows.
        heads: names of the columns.
        rows: cells, as text or as markup; the first of each row names it.
        words: columns that hold words rather than figures; the first is one of them where its names may be broken.

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
            element("th", row[0], scope="row", class_="words" if 0 in words else None),
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
