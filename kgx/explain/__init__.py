"""Why a hit was found: the score taken apart exactly, by relation and by path.

A score is the product of two refined vectors, and each is a sum over tokens, each of them a mean over the ends of
walks. So the score is a sum over relations, over links, and over pairs of ends; nothing is approximated. Two figures
tell what would be without a part:

* *held*: its summand is left out. Attention, means and lengths stay as they were, so the score drops by just what the
  part adds. For a path, that is the product of one end of the query's walks and one of the item's: what comes of both
  together.
* *renormalised*: the token is gone, or, for a path, both sides' walks to those ends; what is left of a token is
  averaged to weights of sum 1 again, and the network weighs and scales the tokens that are left. It may be higher than
  the score.
"""

from kgx.explain.explainer import Explainer
from kgx.explain.explanation import Explanation
from kgx.explain.parts import Contribution, LinkShare, Node, Ordering, PathShare, Plain, Step

__all__ = [
    "Contribution",
    "Explainer",
    "Explanation",
    "LinkShare",
    "Node",
    "Ordering",
    "PathShare",
    "Plain",
    "Step",
]
