"""Carrying what was learned on a source collection over to a target collection.

:mod:`kgx.transfer.feature`: maps from one feature space into another, fitted on source pairs.
"""

from __future__ import annotations
