"""What a program sees of a server."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from kgx.search import Searcher
from kgx.serve.options import ServerOptions
from kgx.testing import species_word

TOKEN = {"Authorization": "Bearer a-token-that-nobody-guesses-0123456789"}


@pytest.fixture
def word() -> str:
    """What the stamps 3 shows."""
    return species_word(3 * 64 + 10)


def test_words_find_what_the_searcher_finds(served: Any, tiny_searcher: Searcher, word: str) -> None:
    told = served.search(text=f"some {word} again", to="image", k=5)
    assert told.status == 200
    assert told.headers["content-type"] == "application/json"
    expected = tiny_searcher.search(f"some {word} again", to="image", k=5)
    assert [(hit["rank"], hit["id"]) for hit in told.json["hits"]] == [(hit.rank, hit.id) for hit in expected]
    assert [hit["score"] for hit in told.json["hits"]] == pytest.approx(
        [hit.score for hit in expected], abs=1e-5
    )
    first = next(hit for hit in told.json["hits"] if hit["id"] == "image:stamp 3")
    assert first["caption"] == f"a {word}"
    assert first["media"] == "/v1/items/image%3Astamp%203/media"
    assert first["concepts"][0]["label"] == word
    assert first["concepts"][0]["iri"].startswith("http")
    assert "file" not in first


def test_pages_go_on_where_the_last_one_ended(served: Any, word: str) -> None:
    whole = served.search(text=word, k=10).json["hits"]
    assert served.search(text=word, k=4, offset=6).json["hits"] == whole[6:]


def test_no_more_is_told_than_the_server_allows(served: Any, word: str) -> None:
    assert len(served.search(text=word, k=96).json["hits"]) == 94
    assert served.ask("GET", "/v1/run").json["limits"]["hits"] == 96
    near = f"/v1/items/{quote('image:stamp 3', safe='')}/neighbours?k="
    told = [
        served.search(text=word, k=97),
        served.form("/v1/search", [("text", word), ("k", "97")]),
        served.ask("GET", f"{near}97"),
        served.ask("GET", f"/v1/graph/{word}?limit=97"),
    ]
    assert [one.status for one in told] == [422] * 4
    assert told[0].json["detail"] == "expected k of at most 96, got 97"


def test_conditions_hold_before_ranking(served: Any, word: str) -> None:
    told = served.search(text=word, to="image", k=40, where=["?item depicts/kindOf fish"])
    assert told.status == 200, told.body
    hits = told.json["hits"]
    assert 0 < len(hits) < 40
    assert served.search(text=word, where="?item depicts/kindOf nothing-of-that-name").status == 409


def test_a_picture_finds_and_leaves_nothing_behind(served: Any, word: str) -> None:
    told = served.form(
        "/v1/search", [("image", f"stamp image of mine: {word}".encode()), ("to", "text"), ("k", "3")]
    )
    assert told.status == 200, told.body
    assert "text:stamp 3" in {hit["id"] for hit in told.json["hits"]}


def test_a_mixture_with_weights(served: Any, word: str) -> None:
    fields = [("text", "a boat"), ("image", f"stamp image: {word}".encode()), ("k", "94")]
    places = [
        [hit["id"] for hit in served.form("/v1/search", [*fields, ("weights", weights)]).json["hits"]].index(
            "image:stamp 3"
        )
        for weights in ('{"text": 1, "image": 0.5}', '{"text": 1, "image": -0.5}')
    ]
    assert places[0] < places[1]


def test_hubs_and_the_gap_between_modalities(served: Any, tiny_searcher: Searcher, word: str) -> None:
    told = served.search(text=f"a {word}", k=20, hubness="csls", fair=True)
    assert told.status == 200, told.body
    expected = tiny_searcher.search(f"a {word}", k=20, hubness="csls", fair=True)
    assert [hit["id"] for hit in told.json["hits"]] == [hit.id for hit in expected]
    assert [hit["score"] for hit in told.json["hits"]] == pytest.approx(
        [hit.score for hit in expected], abs=1e-6
    )
    fields = [("image", f"stamp image: {word}".encode()), ("hubness", "inverted-softmax"), ("fair", "true")]
    assert served.form("/v1/search", fields).status == 200
    assert served.search(text="a boat", hubness="none").status == 422


def test_anything_is_mixed_fairly_unless_told_otherwise(served: Any, word: str) -> None:
    told = served.search(text=f"a {word}", k=30).json["hits"]
    assert told == served.search(text=f"a {word}", k=30, fair=True).json["hits"]
    unfair = served.search(text=f"a {word}", k=30, fair=False).json["hits"]
    assert unfair != told
    assert served.search(text=f"a {word}", k=10, offset=20, fair=False).json["hits"] == unfair[20:]
    pictures = served.search(text=f"a {word}", to="image", k=30).json["hits"]
    assert pictures == served.search(text=f"a {word}", to="image", k=30, fair=False).json["hits"]
    path = f"/v1/items/{quote('image:stamp 3', safe='')}/neighbours"
    near = served.ask("GET", f"{path}?k=30").json["hits"]
    assert near == served.ask("GET", f"{path}?k=30&fair=true").json["hits"]
    assert near != served.ask("GET", f"{path}?k=30&fair=false").json["hits"]
    assert near[20:] == served.ask("GET", f"{path}?k=10&offset=20").json["hits"]


def test_a_mixture_is_explained_as_it_is_searched(served: Any, tiny_searcher: Searcher, word: str) -> None:
    asked = {"text": f"a {word}", "without": ["a boat"]}
    hit = served.search(**asked, k=1, fair=False).json["hits"][0]
    told = served.ask("POST", "/v1/explain", {**asked, "item": hit["id"]})
    assert told.status == 200, told.body
    assert told.json["score"] == pytest.approx(hit["score"], abs=1e-3)
    plain = served.ask("POST", "/v1/explain", {"text": asked["text"], "item": hit["id"]}).json
    assert plain["score"] != pytest.approx(told.json["score"], abs=1e-3)
    picture = ("image", f"stamp image: {word}".encode())
    fields = [("text", "a boat"), picture, ("item", "image:stamp 3"), ("weights", '{"text": 1, "image": 2}')]
    assert served.form("/v1/explain", fields).status == 200
    assert (
        served.ask("POST", "/v1/explain", {**asked, "item": hit["id"], "weights": {"image": 1}}).status == 409
    )


def test_an_item_and_what_is_like_it(served: Any) -> None:
    path = f"/v1/items/{quote('image:stamp 3', safe='')}"
    item = served.ask("GET", path).json
    assert (item["id"], item["modality"]) == ("image:stamp 3", "image")
    near = served.ask("GET", f"{path}/neighbours?k=5&to=image").json["hits"]
    assert len(near) == 5
    assert [hit["rank"] for hit in near] == [1, 2, 3, 4, 5]
    assert "image:stamp 3" not in {hit["id"] for hit in near}
    assert served.ask("GET", f"{path}/neighbours?k=2&to=image&offset=3").json["hits"] == near[3:]


def test_the_file_of_an_item(served: Any, word: str) -> None:
    path = f"/v1/items/{quote('image:stamp 3')}/media"
    whole = served.ask("GET", path)
    assert whole.body == f"stamp image: {word}".encode()
    assert whole.headers["content-disposition"] == "attachment"  # it is no picture that a browser knows
    assert "sandbox" in whole.headers["content-security-policy"]
    head = served.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert served.ask("GET", f"/v1/items/{quote('text:stamp 3')}/media").status == 404


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({"Range": "bytes=0-4"}, 206, b"stamp"),
        ({"Range": "bytes=6-10"}, 206, b"image"),
        ({"Range": "bytes=-1000"}, 206, None),
        ({"Range": "lines=0-4"}, 200, None),
        ({"Range": "bytes=4-0"}, 200, None),
        ({"Range": "nonsense"}, 200, None),
        ({"Range": "bytes=0-4", "If-Range": '"other"'}, 200, None),
        ({"If-None-Match": "*"}, 304, b""),
        ({"If-None-Match": '"other"'}, 200, None),
    ],
)
def test_parts_of_a_file(
    served: Any, word: str, asked: dict[str, str], status: int, body: bytes | None
) -> None:
    answer = served.ask("GET", f"/v1/items/{quote('image:stamp 3')}/media", headers=asked)
    assert answer.status == status
    assert answer.body == (f"stamp image: {word}".encode() if body is None else body)


def test_a_file_that_the_browser_has_is_not_sent_again(served: Any) -> None:
    path = f"/v1/items/{quote('image:stamp 3')}/media"
    tag = served.ask("GET", path).headers["etag"]
    again = served.ask("GET", path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=-0", "bytes=1000-,2000-3000"])
def test_ranges_beyond_a_file_are_a_problem(served: Any, asked: str) -> None:
    answer = served.ask("GET", f"/v1/items/{quote('image:stamp 3')}/media", headers={"Range": asked})
    assert (answer.status, answer.json["status"]) == (416, 416)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/items/..%2F..%2F..%2Fetc%2Fpasswd/media",
        "/v1/items/../../../etc/passwd/media",
        "/v1/items/%00/media",
        "/v1/items/3.picture/media",
        "/v1/items//media",
        "/page/..%2Foptions.py",
        "/page/%2e%2e/options.py",
        "/page/",
        "/nothing",
    ],
)
def test_path_tricks_find_nothing(served: Any, path: str) -> None:
    told = served.ask("GET", path)
    assert told.status in (404, 422)
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["status"] == told.status


def test_a_concept_and_what_is_around_it(served: Any) -> None:
    found = served.ask("GET", "/v1/graph/bird").json
    assert found["label"] == "bird"
    kinds = next(relation for relation in found["incoming"] if relation["label"] == "kind of")
    assert kinds["total"] == 64
    assert len(kinds["ends"]) == 24
    again = served.ask("GET", f"/v1/graph/{quote(kinds['ends'][0]['iri'], safe='')}").json
    assert again["iri"] == kinds["ends"][0]["iri"]
    assert served.ask("GET", "/v1/graph/no%20such%20thing").status == 404


def test_what_is_around_a_concept_comes_in_pages(served: Any) -> None:
    kind = next(one for one in served.ask("GET", "/v1/graph/bird").json["incoming"] if one["total"] == 64)
    relation, ends = quote(kind["relation"], safe=""), []
    for offset in (0, 30, 60):
        page = served.ask("GET", f"/v1/graph/bird?relation={relation}&limit=30&offset={offset}").json
        assert [one["total"] for one in page["incoming"]] == [64]
        assert page["outgoing"] == []
        ends += [end["iri"] for end in page["incoming"][0]["ends"]]
    assert len(set(ends)) == len(ends) == 64
    assert ends[:24] == [end["iri"] for end in kind["ends"]]
    for wrong in ("limit=0", "limit=101", "offset=-1", "offset=10001", "relation="):
        assert served.ask("GET", f"/v1/graph/bird?{wrong}").status == 422


def test_the_items_of_a_concept(served: Any, tiny_searcher: Searcher) -> None:
    run = tiny_searcher.run
    first = run.concepts.rows[run.items.row_of["image:stamp 3"]].links[0].concept
    linked = {
        run.items.id[row]
        for row, item in enumerate(run.concepts.rows)
        for link in item.links
        if link.concept == first and (link.shown.relation != "depicts" or link.shown.weight >= 0.1)
    }
    iri = tiny_searcher.model.transfer.maker.reference.knowledge.graph.entity_iri(first)
    place = f"/v1/graph/{quote(iri, safe='')}"
    found = served.ask("GET", place).json["items"]
    assert "image:stamp 3" in linked
    assert found["total"] == len(linked)
    assert {item["id"] for item in found["items"]} == linked
    assert all(set(item) == {"id", "modality", "caption", "media"} for item in found["items"])
    pages = [served.ask("GET", f"{place}?limit=1&offset={offset}").json["items"] for offset in range(2)]
    assert [page["items"] for page in pages] == [found["items"][:1], found["items"][1:2]]
    assert {page["total"] for page in pages} == {len(linked)}


def test_what_the_run_holds(served: Any) -> None:
    held = served.ask("GET", "/v1/run").json
    assert held["items"] == {"text": 40, "image": 40, "audio": 14}
    assert sum(held["categories"].values()) == 94
    assert held["editable"] is True
    for name, count in held["categories"].items():
        where = f'?item {held["category_path"]} "{name}"'
        assert len(served.search(text="a boat", k=96, where=where).json["hits"]) == count


def test_a_whole_number_may_be_written_as_a_fraction(served: Any) -> None:
    assert len(served.search(text="a boat", k=3.0).json["hits"]) == 3
    assert served.search(text="a boat", k=3.5).status == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"text": 3}', 422),
        (b'{"text": " "}', 422),
        (b'{"text": "a", "k": 1000000000}', 422),
        (b'{"text": "a", "k": "10"}', 422),
        (b'{"text": "a", "offset": -1}', 422),
        (b'{"text": "a", "to": "smell"}', 422),
        (b'{"text": "a", "kk": 3}', 422),
        (b'{"text": "a", "weights": {"image": 1}}', 409),
        (b'{"text": "a", "where": "?item ((((((("}', 409),
        (b'{"text": "' + b"a" * 3000 + b'"}', 422),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": ' + b"[" * 5000, 400),
    ],
)
def test_what_cannot_be_asked(served: Any, body: bytes, status: int) -> None:
    told = served.ask("POST", "/v1/search", body, {"Content-Type": "application/json"})
    assert told.status == status, told.body
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["status"] == status
    assert "Traceback" not in told.body.decode()


def test_faults_are_pointed_at(served: Any) -> None:
    told = served.search(text="a", k=0, to="smell").json
    assert {error["pointer"] for error in told["errors"]} == {"/k", "/to"}


def test_too_many_conditions_are_told_as_such(served: Any) -> None:
    told = served.search(text="a", where=["?item depicts bird"] * 9).json
    assert [error["pointer"] for error in told["errors"]] == ["/where"]
    assert "at most 8 items" in told["detail"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("image", b"broken")], 409),
        ([("k", "3")], 422),
        ([("picture", b"stamp")], 422),
        ([("image", b"a"), ("image", b"b")], 422),
        ([("text", "a"), ("smell", "b")], 422),
        ([("text", "a"), ("text", "b")], 422),
        ([("text", "a"), ("k", "many")], 422),
        ([("text", "a"), ("weights", "text=1")], 422),
        ([("image", b"x" * 300_000)], 413),
        ([("text", "a" * 100_000)], 400),
    ],
)
def test_forms_that_cannot_be_used(served: Any, fields: list[Any], status: int) -> None:
    told = served.form("/v1/search", fields)
    assert told.status == status, told.body
    assert "kgx-" not in told.body.decode()  # the folder that it lay in


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"text=a", "application/x-www-form-urlencoded", 415),
        (b"a", "text/plain", 415),
        (b"a", "multipart/form-data", 400),
        (b"a", "multipart/form-data; boundary=x", 422),
        (
            b"--x\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
def test_bodies_of_other_kinds(served: Any, body: bytes, kind: str, status: int) -> None:
    told = served.ask("POST", "/v1/search", body, {"Content-Type": kind})
    assert told.status in (400, status), told.body
    assert told.headers["content-type"] == "application/problem+json"


def test_a_method_that_a_path_has_not(served: Any) -> None:
    told = served.ask("PUT", "/v1/items", {}, TOKEN)
    assert (told.status, told.headers["allow"]) == (405, "POST, DELETE")
    assert served.ask("GET", "/v1/search").headers["allow"] == "POST"
    assert served.ask("POST", "/healthz").headers["allow"] == "GET, HEAD"


def test_every_answer_is_guarded(served: Any) -> None:
    for path in ("/", "/page/main.js", "/healthz", "/nothing", "/openapi.json", "/v1/run"):
        headers = served.ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "server" not in headers


def test_the_page_needs_nothing_from_elsewhere(served: Any) -> None:
    page = served.ask("GET", "/")
    assert page.headers["content-type"].startswith("text/html")
    assert b"http:" not in page.body
    assert b"https:" not in page.body
    again = served.ask("GET", "/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_probes_and_counts(served: Any) -> None:
    assert served.ask("GET", "/healthz").json == {"status": "up"}
    assert served.ask("GET", "/readyz").json == {"status": "ready"}
    served.search(text="a boat", k=1)
    served.ask("GET", "/v1/items/whatever")
    counts = served.ask("GET", "/metrics").body.decode()
    assert 'kgx_requests_total{method="POST",route="/v1/search",status="200"}' in counts
    assert 'kgx_items{modality="image"} 40.0' in counts
    assert "whatever" not in counts


def test_names_of_other_machines_are_refused(served: Any) -> None:
    assert served.ask("GET", "/v1/run", headers={"Host": "evil.example"}).status == 421
    assert served.ask("GET", "/v1/run", headers={"Host": "localhost:1"}).status == 200


@pytest.mark.parametrize("brought", [None, "Bearer wrong", "Bearer ", "Basic abc", "Bearer " + "x" * 5000])
def test_editing_needs_the_token(served: Any, brought: str | None) -> None:
    headers = {} if brought is None else {"Authorization": brought}
    edit = {"items": [{"id": "n", "modality": "text", "value": "a"}]}
    for told in (
        served.ask("POST", "/v1/items", edit, headers),
        served.ask("DELETE", "/v1/items?id=n", headers=headers),
    ):
        assert told.status == 401
        assert told.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_token_is_wrong_for_reading_too(served: Any) -> None:
    assert served.ask("GET", "/v1/run", headers={"Authorization": "Bearer wrong"}).status == 401
    assert served.ask("GET", "/v1/run", headers=TOKEN).status == 200


def test_items_are_added_and_removed(served: Any) -> None:
    served.editable.added.clear()
    served.editable.removed.clear()
    edit = {"items": [{"id": "note", "modality": "text", "value": "A tawny owl"}]}
    assert served.ask("POST", "/v1/items", edit, TOKEN).json == {
        "added": ["note"],
        "replaced": [],
        "removed": [],
    }
    photo = [("id", "photo"), ("modality", "image"), ("category", "birds"), ("file", b"stamp image: bokako")]
    told = served.form("/v1/items", photo, **TOKEN)
    assert told.json["added"] == ["photo"]
    assert served.editable.added == {"note": "A tawny owl", "photo": "stamp image: bokako"}
    assert served.ask("DELETE", "/v1/items?id=nobody", headers=TOKEN).status == 404
    assert served.ask("DELETE", "/v1/items?id=text:stamp+3", headers=TOKEN).json["removed"] == [
        "text:stamp 3"
    ]
    assert served.editable.removed == ["text:stamp 3"]


@pytest.mark.parametrize(
    ("edit", "status"),
    [
        ({"items": []}, 422),
        ({"items": [{"id": "a", "modality": "image"}]}, 422),
        ({"items": [{"id": "broken", "modality": "text", "value": "a"}]}, 409),
        ({"items": [{"id": "a", "modality": "text", "value": "a", "language": "!!"}]}, 422),
    ],
)
def test_edits_that_cannot_be_made(served: Any, edit: Any, status: int) -> None:
    assert served.ask("POST", "/v1/items", edit, TOKEN).status == status


def test_a_run_that_cannot_be_edited(serving: Any, tiny_searcher: Searcher) -> None:
    right = {"Authorization": "Bearer " + "t" * 20}
    with serving(tiny_searcher, ServerOptions(port=0, token="t" * 20)) as server:
        assert server.ask("DELETE", "/v1/items?id=a", headers=right).status == 501


def test_protected_reading(serving: Any, tiny_searcher: Searcher) -> None:
    options = ServerOptions(port=0, token="t" * 20, protect_reading=True)
    with serving(tiny_searcher, options) as server:
        right = {"Authorization": "Bearer " + "t" * 20}
        for path in ("/v1/run", "/metrics"):
            assert server.ask("GET", path).status == 401
            assert server.ask("GET", path, headers=right).status == 200
        assert server.ask("GET", "/").status == 200
        assert server.ask("GET", "/v1/run", headers={**right, "Host": "any.example"}).status == 200
