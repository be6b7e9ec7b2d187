"""HTML and SVG elements that nothing put into them can break: text is escaped unless it is :class:`Html`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["Html", "element", "join"]

_VOID = frozenset({"br", "img", "meta"})


class Html(str):
    """Text that is markup already. Only :func:`element` and literals of this project make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | int | float | bool | None) -> Html:
    """Return an element. Children that are not :class:`Html`, and all attributes, are escaped.

    Args:
        name: the tag.
        children: texts or elements.
        attributes: an underscore in a name stands for a hyphen, one at the end is dropped (``class_``);
            ``True`` makes an attribute without a value, ``False`` and ``None`` none at all.

    >>> element("p", "1 < 2 ", element("b", "bold"), class_="note", hidden=True, title=None)
    '<p class="note" hidden>1 &lt; 2 <b>bold</b></p>'
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is True:
            parts.append(f" {_hyphenated(key)}")
        elif value is not None and value is not False:
            parts.append(f' {_hyphenated(key)}="{escape(str(value))}"')
    parts.append(">")
    if name not in _VOID:
        parts.append(f"{join(children)}</{name}>")
    return Html("".join(parts))


def join(children: Sequence[str], separator: str = "") -> Html:
    """Return the children one after the other, escaping those that are not :class:`Html`.

    >>> join(["a & b", element("br")])
    'a &amp; b<br>'
    """
    return Html(separator.join(child if isinstance(child, Html) else escape(child) for child in children))


def _hyphenated(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
