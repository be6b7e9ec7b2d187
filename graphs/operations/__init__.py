"""Operations: new graphs out of stored ones: parts, unions, differences, mappings, splits. One operation a file."""

from __future__ import annotations
