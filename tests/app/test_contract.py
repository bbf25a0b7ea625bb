"""The interface keeps what its description promises, whatever is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")
schemathesis = pytest.importorskip("schemathesis", reason="needs the extra: pip install 'curveshift[dev]'")

from schemathesis import GenerationMode, checks  # noqa: E402

from curveshift.app import create_app  # noqa: E402
from curveshift.app.asking import lever_names  # noqa: E402
from curveshift.app.waiting import Line  # noqa: E402
from curveshift.scenario import library  # noqa: E402

from .conftest import PATIENT_SECONDS  # noqa: E402

if TYPE_CHECKING:
    from curveshift.app import Service

# Not among them: that whatever the schema allows is accepted. Names are in the records and not in the schema.
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
WAIT = PATIENT_SECONDS
CONSTANT = {
    "policies", "levers", "assumptions", "views", "figures", "about",
    "claims", "backtests", "limits", "models", "chips", "sources",
}  # fmt: skip


@pytest.fixture(scope="module")
def operations(service: Service) -> list[Any]:
    app = create_app(service, hosts=("testserver",), warm=False, line=Line(seconds=PATIENT_SECONDS))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    return [found.ok() for found in schema.get_all_operations()]


def named(body: dict[str, Any]) -> None:
    """Put names that there are in place of those that the schema cannot know, and few draws."""
    policies = library().policies
    for i, choice in enumerate(body["policies"]):
        choice["base"] = list(policies)[(len(choice["base"]) + 3 * i) % len(policies)]
        for part, known in (("levers", lever_names()), ("thresholds", ())):
            if part in choice:
                choice[part] = dict(zip(known, choice[part].values(), strict=False))
    if "assumptions" in body:
        body["assumptions"] = dict(zip(library().assumptions, body["assumptions"].values(), strict=False))
    body.pop("unit", None)
    body.pop("view", None)
    body["draws"] = 64


def hold(operation: Any, mode: Any, examples: int) -> None:
    """Ask an operation in one way, and look at every answer."""
    constant = operation.path.rpartition("/")[2] in CONSTANT
    if constant and mode is GenerationMode.NEGATIVE:
        return

    @settings(max_examples=1 if constant else examples, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            named(case.body)
        case.call_and_validate(checks=PROMISES, timeout=WAIT)

    asked()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_described(operations: list[Any], mode: Any) -> None:
    for operation in operations:
        hold(operation, mode, 6)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_many_answers_are_as_described(operations: list[Any], mode: Any) -> None:
    for operation in operations:
        hold(operation, mode, 200)


@pytest.mark.parametrize("example", ["sales", "own"])
def test_the_examples_of_the_description_are_answered(operations: list[Any], example: str) -> None:
    from curveshift.app.answers import EXAMPLES

    for operation in operations[:3]:
        case = operation.Case(body=EXAMPLES[example]["value"], media_type="application/json")
        assert case.call_and_validate(checks=PROMISES, timeout=WAIT).status_code == 200


def test_every_operation_says_what_comes_back(operations: list[Any]) -> None:
    for operation in operations:
        answers = operation.definition.raw["responses"]
        assert answers["200"]["content"]["application/json"]["schema"]["$ref"], operation.label
        if operation.path.rpartition("/")[2] not in CONSTANT:
            said = answers["422"]["content"]["application/json"]["schema"]
            assert said == {"$ref": "#/components/schemas/Error"}, operation.label
