"""Which pretrained network to take for a target, told from few labels and without fine-tuning.

* :mod:`~kgx.transfer.model.selection.logme`: LogME;
* :mod:`~kgx.transfer.model.selection.probes`: a linear probe, and the nearest neighbours;
* :mod:`~kgx.transfer.model.selection.agreement`: how well such a score foretold the final accuracy;
* :mod:`~kgx.transfer.model.selection.ranking`: all of them over candidates (``kgx select``).
"""

from __future__ import annotations

from kgx.transfer.model.selection.agreement import Agreement, agreement
from kgx.transfer.model.selection.logme import logme
from kgx.transfer.model.selection.probes import linear_probe, nearest_neighbours
from kgx.transfer.model.selection.ranking import CandidateScores, Selection, select
from kgx.transfer.model.selection.target import LabelledTarget

__all__ = [
    "Agreement",
    "CandidateScores",
    "LabelledTarget",
    "Selection",
    "agreement",
    "linear_probe",
    "logme",
    "nearest_neighbours",
    "select",
]
