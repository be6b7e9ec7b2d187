"""Figures with their captions, side by side, as the sections of a report have them."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.markup import Html, element, join

__all__ = ["figure", "noted_figures"]


def figure(caption: str, plot: Html) -> Html:
    """Return a drawing with its caption."""
    return element("figure", element("figcaption", caption), plot)


def noted_figures(note: str, figures: Sequence[Html], *above: Html) -> Html:
    """Return figures side by side under a note, and what stands above both; nothing where there is no figure.

    >>> noted_figures("Means.", [figure("R@10", Html("<svg></svg>"))])
    '<p>Means.</p><div class="plots"><figure><figcaption>R@10</figcaption><svg></svg></figure></div>'
    >>> noted_figures("Means.", [])
    ''
    """
    if not figures:
        return Html("")
    return join([*above, element("p", note), element("div", *figures, class_="plots")])
