"""Balance: what is rare in a collection, drawn more often or counted for more.

Collections are uneven: a few categories hold most drawings, pictures come by the thousand and sounds by the dozen, and
one relation has more edges than all others together. Rows may be *drawn* evenly (:class:`BalancedSampler`,
:func:`repeat_factors`) or *counted* evenly (:func:`effective_number_weights`, with the losses of :mod:`kgx.losses` that
take class weights or counts). What a group is, is the caller's: a class, a modality, a relation.
"""

from __future__ import annotations

from kgx.balance.sampling import BalancedSampler, balanced_probabilities, repeat_factors
from kgx.balance.weights import effective_number_weights, row_weights

__all__ = [
    "BalancedSampler",
    "balanced_probabilities",
    "effective_number_weights",
    "repeat_factors",
    "row_weights",
]
