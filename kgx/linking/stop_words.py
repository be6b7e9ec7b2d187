"""English words that tell how a sentence is built, not what it is about.

WordNet holds many of them under another reading ("a" = ampere, "in" = inch, "he" = helium, "or" = Oregon); a
caption never means that one. The list is closed and short: words with a plain reading as a thing ("like",
"well", "second") are not in it; "can" is, for "tin can" and its kin are labels of their own. So are a few
articles that names from other languages have ("de" = Delaware).
"""

from __future__ import annotations

__all__ = ["DETERMINERS", "STOP_WORDS"]

STOP_WORDS: frozenset[str] = frozenset(
    """
    a an the this that these those such some any each every either neither both all no not nor another other
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves one's oneself
    who whom whose which what when where why how whether while
    and or but if then else than so as because until unless though although
    of at by for with without about against between among into onto through during before after above below
    to from up upon down in inside out outside on off over under near along across behind beside besides
    toward towards via per de la le les du des di il el del da von
    is am are was were be been being do does did doing done have has had having
    can will would shall should could may might must ought
    here there now again once just only too very also more most much many few less least
    yet still ever never always already
    s t d ll m o re ve
    it's he's she's that's there's what's who's where's here's let's i'm i've i'll i'd
    you're you've you'll you'd we're we've we'll they're they've they'll
    isn't aren't wasn't weren't don't doesn't didn't can't cannot won't
    wouldn't shouldn't couldn't hasn't haven't hadn't
    """.split()  # noqa: SIM905
)
"""In the normal form of :func:`kgx.linking.tokens.words`."""

DETERMINERS: frozenset[str] = frozenset(
    (
        "a",
        "an",
        "the",
        "this",
        "these",
        "those",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
        "every",
        "each",
    )
)
"""Words that begin a noun phrase, which goes on to the next stop word or break."""
