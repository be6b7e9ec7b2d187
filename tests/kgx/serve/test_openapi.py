"""The description of the interface says what is so: schemathesis tries to prove otherwise."""

from __future__ import annotations

from typing import Any

import pytest

TOKEN = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - for tests

schemathesis = pytest.importorskip("schemathesis")


def test_every_operation_is_described(served: Any) -> None:
    told = served.ask("GET", "/openapi.json").json
    assert set(told["paths"]) == {
        "/v1/search", "/v1/items", "/v1/items/{id}", "/v1/items/{id}/media", "/v1/items/{id}/neighbours",
        "/v1/explain", "/v1/graph/{entity}", "/v1/run", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert "200" in operation["responses"]
            assert "401" in operation["responses"]
    assert told["paths"]["/v1/items"]["post"]["security"] == [{"token": []}]
    assert "security" not in told["paths"]["/v1/search"]["post"]
    body = told["paths"]["/v1/search"]["post"]["requestBody"]["content"]
    assert body["application/json"]["examples"]["words"]["value"]["text"] == "a bird of prey"
    assert set(body["multipart/form-data"]["schema"]["properties"]) >= {
        "text",
        "image",
        "audio",
        "k",
        "where",
    }


def test_a_form_is_never_said_to_take_null(served: Any) -> None:
    told = served.ask("GET", "/openapi.json").json
    forms = [
        operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
        for operations in told["paths"].values()
        for operation in operations.values()
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(forms) == 3
    for fields in forms:
        for name, field in fields.items():
            assert {"type": "null"} not in field.get("anyOf", []), name
            assert field.get("default", "") is not None, name
    assert served.form("/v1/search", [("text", "a bird"), ("hubness", "null")]).status == 422
    assert (
        served.form("/v1/search", [("text", "a bird"), ("hubness", forms[0]["hubness"]["enum"][0])]).status
        == 200
    )


def attack(operation: Any, mode: Any) -> bool:
    """Try an operation with requests that are as described, or are not; False where there are none of that kind."""
    import hypothesis

    # What is wrong about a request may be that it brings no token.
    brings_token = operation.path == "/v1/items" and mode is schemathesis.GenerationMode.POSITIVE

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def holds(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"} if brings_token else None)

    try:
        holds()
    except hypothesis.errors.Unsatisfiable:
        return False
    return True


def test_schemathesis_finds_nothing(served: Any) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert all(attack(operation, schemathesis.GenerationMode.POSITIVE) for operation in operations)
    # There is nothing wrong that could be said to what takes no parameter.
    wrong = [attack(operation, schemathesis.GenerationMode.NEGATIVE) for operation in operations]
    assert (len(operations), sum(wrong)) == (13, 9)


def test_the_ends_of_what_is_described_hold(served: Any) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        cases = schema.iter_coverage_cases(
            operation,
            generation_modes=list(schemathesis.GenerationMode),
            generation_config=schema.config.generation_for(operation=operation),
        )
        for case in cases:
            brings_token = case.operation.path == "/v1/items" and case.method.upper() in ("POST", "DELETE")
            case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"} if brings_token else None)
            tried += 1
    assert tried > 200
