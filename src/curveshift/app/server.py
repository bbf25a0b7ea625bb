"""The HTTP interface, version 1, and the page that uses it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache, lru_cache, partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi import Body as Content
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from curveshift import __version__
from curveshift.app import answers as described
from curveshift.app import catalogue, memory, pages
from curveshift.app.asking import Question
from curveshift.app.guard import LOG, TOO_LARGE, TOO_SLOW, Counts, Guard, TooLargeError, TooSlowError
from curveshift.app.sending import Body, StrictRoute, packed
from curveshift.app.service import Check, Recent, Service
from curveshift.app.snippets import snippets
from curveshift.app.waiting import BusyError, GoneError, Line, TooLongError
from curveshift.errors import CurveshiftError

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
KEPT_ANSWERS_BYTES: Final = 10_000_000
KEPT_TRENDS: Final = 64
MOST_CONNECTIONS: Final = 512
"""Fewer than the files that a process may have open."""
RETRY_SECONDS: Final = 2

Asked = Annotated[Question, Content(openapi_examples=described.EXAMPLES)]
Name = Annotated[str, Query(min_length=1, max_length=80)]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Buyer = Annotated[str | None, Query(max_length=80)]
EndUser = Literal["civil", "entity-list", "entity-affiliate", "military", "supercomputer", "uae-approved"]


def create_app(
    service: Service | None = None,
    *,
    hosts: tuple[str, ...] = LOOPBACK,
    warm: bool = True,
    line: Line | None = None,
) -> FastAPI:
    """The application, ready for any ASGI server.

    Parameters
    ----------
    service : Service, optional
        The model; one of its own unless given.
    hosts : tuple of str
        Names under which it may be asked for, without a port.
    warm : bool
        Whether to compile the model and run the baseline before the first request.
    line : Line, optional
        Where questions wait.

    Examples
    --------
    >>> create_app(warm=False).title
    'curveshift'
    """
    model, queue, counts = service or Service(), line or Line(), Counts()
    answers: Recent[Body] = Recent(KEPT_ANSWERS_BYTES, lambda body: len(body.packed))
    files: dict[str, Callable[[], Body]] = {
        path: cache(partial(_packed_file, load)) for path, load in pages.FILES.items()
    }
    constants: list[Callable[[], Body]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if warm:
            model.warm()
            for make in (*files.values(), *constants):
                make()
            memory.settle()
        yield

    app = FastAPI(
        title="curveshift", version=__version__, description=__doc__ or "", lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    api = APIRouter(prefix="/api/v1", route_class=StrictRoute)

    async def answer(request: Request, what: str, work: Callable[[Check], Any]) -> Response:
        asked = (what, hashlib.sha256(await request.body()).digest())
        if asked in answers:
            counts.kept_answers += 1
        else:
            made = await queue.run(
                request,
                lambda check: Body.of(packed(work(check)), level=3),
                lambda: answers.get(asked, _never) if asked in answers else None,
            )
            answers.get(asked, lambda: made)
        return answers.get(asked, _never).response(request)

    @api.post(
        "/simulate",
        summary="Bands, paths, worlds and words of up to four policies on the same draws",
        response_model=described.Simulated,
        responses=described.ASKED,
    )
    async def simulate(request: Request, question: Asked) -> Response:
        def work(check: Check) -> dict[str, Any]:
            return {**model.simulate(question, check), "reproduce": snippets(question)}

        return await answer(request, "simulate", work)

    @api.post(
        "/compare",
        summary="The first policy beside each other one, draw by draw",
        response_model=described.Compared,
        responses=described.ASKED,
    )
    async def compare(request: Request, question: Asked) -> Response:
        return await answer(request, "compare", lambda check: model.compare(question, check))

    @api.post(
        "/drivers",
        summary="Which assumptions move the lag most, in the draws that are there already",
        response_model=described.Driven,
        responses=described.ASKED,
    )
    async def drivers(request: Request, question: Asked) -> Response:
        return await answer(request, "drivers", lambda check: model.drivers(question, check))

    @api.get(
        "/classify",
        summary="Is a chip controlled to a place on a day, and why",
        response_model=described.Ruled,
        responses=described.REFUSED,
    )
    def classify(
        request: Request,
        chip: Name,
        to: Name,
        on: Day = None,
        buyer_headquarters: Buyer = None,
        end_user: EndUser = "civil",
    ) -> Response:
        from curveshift import controls

        found = controls.classify(chip, to, on, buyer_headquarters=buyer_headquarters, end_user=end_user)
        return Body.of(packed({"ruling": found, "answer": getattr(found, "answer", "")})).response(request)

    @api.get(
        "/timeline",
        summary="How the status of a chip for a destination changed",
        response_model=described.Eras,
        responses=described.REFUSED,
    )
    def timeline(
        request: Request, chip: Name, to: Name, buyer_headquarters: Buyer = None, end_user: EndUser = "civil"
    ) -> Response:
        from curveshift import controls

        found = controls.timeline(chip, to, buyer_headquarters=buyer_headquarters, end_user=end_user)
        return Body.of(packed({"eras": found.rows()})).response(request)

    @api.get(
        "/trend/{model_name}",
        summary="Is a model an expected point on the cost curve",
        response_model=described.OnTrend,
        responses=described.REFUSED,
    )
    def trend(request: Request, model_name: Annotated[str, Path(max_length=80)]) -> Response:
        return _trend(model_name).response(request)

    for path, content, summary, model_of_answer in (
        (
            "/policies",
            lambda: {"policies": catalogue.policies(), "comparisons": catalogue.comparisons()},
            "Every shipped policy",
            described.Policies,
        ),
        (
            "/levers",
            catalogue.levers,
            "What a policy can set, with ranges, reasons and sources",
            described.Levers,
        ),
        (
            "/assumptions",
            lambda: {"assumptions": catalogue.assumptions()},
            "Every uncertain number",
            described.Assumptions,
        ),
        (
            "/claims",
            _claims,
            "The sentences of the argument, with the rules by which each is judged",
            described.Claims,
        ),
        (
            "/sources",
            lambda: {"facts": catalogue.fact_sources()},
            "Sources of every fact table",
            described.Sources,
        ),
        ("/figures", pages.figures, "How the page draws: Vega-Lite with named data", described.Figures),
        ("/about", _about, "Versions and limits", described.About),
    ):
        constants.append(cache(partial(_packed_constant, content)))
        api.get(path, summary=summary, response_model=model_of_answer, responses=described.UNCHANGED)(
            _sent(constants[-1])
        )

    app.include_router(api)

    @app.get("/health", include_in_schema=False)
    def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(counts.text(queue.waiting), media_type="text/plain; version=0.0.4")

    for path, made in files.items():
        app.get(path, include_in_schema=False)(_sent(made))
    _add_errors(app)
    app.add_middleware(Guard, hosts=frozenset(hosts), counts=counts)
    return app


def serve(host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        From 1 to 65535.
    """
    import uvicorn

    memory.few_arenas()
    logging.basicConfig(format="%(message)s")
    LOG.setLevel(logging.INFO)
    named = () if host in ("0.0.0.0", "::") else (f"[{host}]" if ":" in host else host,)
    app = create_app(hosts=(*LOOPBACK, *named))
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
    )


def _never() -> Body:
    raise AssertionError("an answer was made before it is read")


def _packed_constant(content: Callable[[], Any]) -> Body:
    return Body.of(packed(content()), level=9)


def _packed_file(load: Callable[[], tuple[bytes, str]]) -> Body:
    return Body.of(*load(), level=9)


def _sent(made: Callable[[], Body]) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        # Made before the first request, so there is nothing to wait for.
        return made().response(request)

    return read


@lru_cache(maxsize=KEPT_TRENDS)
def _trend(name: str) -> Body:
    from curveshift import trends

    return Body.of(packed(trends.on_trend(name).to_dict()))


def _claims() -> dict[str, Any]:
    from curveshift import claims

    return {"claims": [catalogue.vars_of(claim) for claim in claims.statements()]}


def _about() -> dict[str, Any]:
    from curveshift import facts
    from curveshift.app import guard, waiting
    from curveshift.app.reduced import WINDOWS
    from curveshift.present.wording import NOT_MODELLED
    from curveshift.scenario.shelf import AS_OF
    from curveshift.world.units import UNIT_MEANING

    return {
        "version": __version__,
        "facts_sha256": facts.digest(),
        "as_of": AS_OF,
        "units": UNIT_MEANING,
        "windows": WINDOWS,
        "not_modelled": NOT_MODELLED,
        "limits": {
            "body_bytes": guard.MAX_BODY_BYTES,
            "waiting": waiting.MOST_WAITING,
            "seconds": waiting.MOST_SECONDS,
        },
    }


def _error(status: int, what: str, where: str | None = None, **headers: str) -> Response:
    return Response(
        packed({"error": {"what": what, "where": where}}), status, headers, media_type="application/json"
    )


def _add_errors(app: FastAPI) -> None:
    """One form for every error: what was wrong, and where."""

    @app.exception_handler(CurveshiftError)
    def told(_: Request, error: CurveshiftError) -> Response:
        return _error(422, error.what, error.where)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return _error(422, f"the body is not JSON: {first['ctx']['error']}", f"byte {first['loc'][-1]}")
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query")) or None
        return _error(422, str(first["msg"]), where and where[:200])

    @app.exception_handler(HTTPException)
    def plain(_: Request, error: HTTPException) -> Response:
        # FastAPI wraps whatever goes wrong while a body is read.
        cause = error.__cause__
        if isinstance(cause, TooLargeError):
            return _error(413, TOO_LARGE)
        if isinstance(cause, TooSlowError):
            return _error(408, TOO_SLOW, connection="close")
        if isinstance(cause, CurveshiftError):
            return _error(422, cause.what, cause.where)
        return _error(error.status_code, str(error.detail), **dict(error.headers or {}))

    @app.exception_handler(BusyError)
    def busy(_: Request, error: BusyError) -> Response:
        what = f"too many questions wait: ask again in {RETRY_SECONDS} seconds"
        return _error(429, what, **{"retry-after": str(RETRY_SECONDS)})

    @app.exception_handler(GoneError)
    def gone(_: Request, error: GoneError) -> Response:
        return _error(499, "the question was withdrawn")

    @app.exception_handler(TooLongError)
    def too_long(_: Request, error: TooLongError) -> Response:
        return _error(503, "the answer took too long and was stopped: ask for fewer draws")

    @app.exception_handler(Exception)
    def failed(_: Request, error: Exception) -> Response:
        LOG.error("failed", exc_info=error)
        return _error(500, "curveshift itself failed")
