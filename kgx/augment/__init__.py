"""Augmentation: items as they might have been, so that what is learned from a few of them holds for others.

Of texts, pictures and sounds, before they are encoded; of vectors and tokens, after. Every augmentation has a
``probability`` and is given what it draws from, so that the same seed gives the same result. Edges of graphs are left
out by :mod:`graphs.augment`.
"""

from __future__ import annotations

from kgx.augment.copies import changed_copies, copies_with_fewer_links
from kgx.augment.links import drop_item_links
from kgx.augment.mixup import Mixup
from kgx.augment.modalities import SpaceDropout, kept_parts
from kgx.augment.pictures import ColourJitter, HorizontalFlip, RandomCrop
from kgx.augment.recipes import PictureChanges, SoundChanges, TextChanges
from kgx.augment.sounds import Gain, MaskedSound, Noise, Shift, SpectrumMasks
from kgx.augment.steps import InTurn
from kgx.augment.synonyms import label_synonyms
from kgx.augment.texts import SynonymInsertion, SynonymReplacement, WordDropout, WordSwap

__all__ = [
    "ColourJitter",
    "Gain",
    "HorizontalFlip",
    "InTurn",
    "MaskedSound",
    "Mixup",
    "Noise",
    "PictureChanges",
    "RandomCrop",
    "Shift",
    "SoundChanges",
    "SpaceDropout",
    "SpectrumMasks",
    "SynonymInsertion",
    "SynonymReplacement",
    "TextChanges",
    "WordDropout",
    "WordSwap",
    "changed_copies",
    "copies_with_fewer_links",
    "drop_item_links",
    "kept_parts",
    "label_synonyms",
]
