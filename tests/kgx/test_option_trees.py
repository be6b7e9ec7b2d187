"""Options read from YAML, replaced by name, and laid over others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgx.errors import ConfigError
from kgx.option_trees import laid_over, named_values, read_options, with_changes

NAMES = st.text(st.characters(whitelist_categories=["Ll"]), min_size=1, max_size=3)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | NAMES,
        lambda inner: st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


TAGGED = ["hops=!!int ''", "hops=!!bool perhaps", "hops=!!timestamp soon"]  # with values that do not fit


@given(TREES)
def test_nothing_laid_over_and_all_laid_over_itself_changes_nothing(tree: dict[str, Any]) -> None:
    assert laid_over(tree, {}) == tree
    assert laid_over({}, tree) == tree
    assert laid_over(tree, tree) == tree


@given(TREES, TREES)
def test_what_is_laid_over_is_there_and_neither_tree_changes(
    below: dict[str, Any], above: dict[str, Any]
) -> None:
    kept = yaml.safe_dump([below, above])
    found = laid_over(below, above)
    assert laid_over(found, above) == found
    assert yaml.safe_dump([below, above]) == kept
    assert {**below, **found} == found


@given(TREES)
def test_names_with_dots_say_what_a_tree_says(tree: dict[str, Any]) -> None:
    def leaves(place: dict[str, Any], above: tuple[str, ...] = ()) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in place.items():
            path = (*above, name)
            found |= leaves(value, path) if isinstance(value, dict) and value else {".".join(path): value}
        return found

    assert with_changes({}, leaves(tree)) == tree


@pytest.mark.parametrize(
    "word", ["hops", "=1", " =1", "hops=[1", "hops=2020-99-99", "hops=" + "[" * 5000, *TAGGED]
)
def test_what_is_no_name_and_value(word: str) -> None:
    with pytest.raises(ConfigError, match="--set: expected NAME=VALUE, got"):
        named_values(["fine=1", word])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hops: [1", "not YAML"),
        (b"hops: \xff", "not YAML"),
        (b"hops: 2020-99-99", "not YAML"),
        (b"a: !!python/object/apply:os.system [ls]", "not YAML"),
        (b"[" * 5000, "not YAML"),
        (b"", "expected a mapping of options, got NoneType"),
        (b"- hops", "expected a mapping of options, got list"),
    ],
)
def test_files_that_hold_no_options(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=f"options.yaml: {message}"):
        read_options(tmp_path / "options.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_options(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_options(tmp_path)
