"""The HTTP interface, version 1, and the page that uses it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi import Body as Content
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from curveshift import __version__
from curveshift.app import answers as described
from curveshift.app import catalogue, further, memory, pages
from curveshift.app.asking import Question
from curveshift.app.guard import LOG, TOO_LARGE, TOO_SLOW, Counts, Guard, TooLargeError, TooSlowError
from curveshift.app.progress import Check, Shares
from curveshift.app.sending import Body, StrictRoute, packed
from curveshift.app.service import Recent, Service
from curveshift.app.snippets import snippets
from curveshift.app.waiting import BusyError, GoneError, Line, TooLongError
from curveshift.errors import CurveshiftError

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
KEPT_ANSWERS_BYTES: Final = 10_000_000
KEPT_READINGS_BYTES: Final = 5_000_000
MOST_CONNECTIONS: Final = 512
"""Fewer than the files that a process may have open."""
RETRY_SECONDS: Final = 2
FRESH: Final = {"cache-control": "no-store"}

Asked = Annotated[Question, Content(openapi_examples=described.EXAMPLES)]


def create_app(
    service: Service | None = None,
    *,
    hosts: tuple[str, ...] = LOOPBACK,
    warm: bool = True,
    line: Line | None = None,
    framers: Sequence[str] = (),
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
    framers : sequence of str
        Origins of pages that may show this one inside theirs; none unless given.

    Examples
    --------
    >>> create_app(warm=False).title
    'curveshift'
    """
    model, queue, counts, shares = service or Service(), line or Line(), Counts(), Shares()
    answers: Recent[Body] = Recent(KEPT_ANSWERS_BYTES, lambda body: len(body.packed))
    readings: Recent[Body] = Recent(KEPT_READINGS_BYTES, lambda body: len(body.packed))
    files: dict[str, Callable[[], Body]] = {
        path: cache(partial(_packed_file, load)) for path, load in pages.FILES.items()
    }
    constants: list[Callable[[], Body]] = []

    def constant(content: Callable[[], Any]) -> Callable[[Request], Awaitable[Response]]:
        constants.append(cache(partial(_packed_constant, content)))
        return _sent(constants[-1])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if warm:
            model.warm()
            further.warm()
            for make in (*files.values(), *constants):
                make()
            memory.settle()
        yield

    app = FastAPI(
        title="curveshift", version=__version__, description=__doc__ or "", lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    api = APIRouter(prefix="/api/v1", route_class=StrictRoute)

    async def answer(
        request: Request, what: str, work: Callable[[Check], Any], kept: Recent[Body] = answers
    ) -> Response:
        asked = (what, hashlib.sha256(await request.body()).digest())
        if asked in kept:
            counts.kept_answers += 1
        else:
            named = request.headers.get("x-question", "")[:32]

            def run(check: Callable[[], None]) -> Body:
                def told(share: float | None = None) -> None:
                    check()
                    if share is not None:
                        shares.tell(named, share)

                return Body.of(packed(work(told)), level=3)

            with shares.of(named):
                made = await queue.run(
                    request, run, lambda: kept.get(asked, _never) if asked in kept else None
                )
            kept.get(asked, lambda: made)
        return kept.get(asked, _never).response(request)

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
        "/progress",
        summary="How much of a question is done, by the name given with it in X-Question",
        response_model=described.Progress,
        responses=described.WRONG,
    )
    async def progress(question: Annotated[str, Query(pattern="^[0-9a-f]{16,32}$")]) -> Response:
        share = shares.read(question)
        return Response(packed({"share": share}), media_type="application/json", headers=FRESH)

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
            "/views",
            lambda: {"views": catalogue.views()},
            "World views: assumptions that belong together",
            described.Views,
        ),
        ("/figures", pages.figures, "How the page draws: Vega-Lite with named data", described.Figures),
        ("/about", lambda: _about(bool(framers)), "Versions and limits", described.About),
    ):
        api.get(path, summary=summary, response_model=model_of_answer, responses=described.UNCHANGED)(
            constant(content)
        )
    further.add_to(api, further.Ways(constant, _at_once, partial(answer, kept=readings)))
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
    app.add_middleware(Guard, hosts=frozenset(hosts), counts=counts, framers=framers)
    return app


def serve(host: str = "127.0.0.1", port: int = 8765, framers: Sequence[str] = ()) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        From 1 to 65535.
    framers : sequence of str
        Origins of pages that may show this one inside theirs.
    """
    import uvicorn

    memory.few_arenas()
    logging.basicConfig(format="%(message)s")
    LOG.setLevel(logging.INFO)
    named = () if host in ("0.0.0.0", "::") else (f"[{host}]" if ":" in host else host,)
    app = create_app(hosts=(*LOOPBACK, *named), framers=framers)
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


def _at_once(request: Request, content: Any) -> Response:
    return Body.of(packed(content)).response(request)


def _packed_file(load: Callable[[], tuple[bytes, str]]) -> Body:
    return Body.of(*load(), level=9)


def _sent(made: Callable[[], Body]) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        # Made before the first request, so there is nothing to wait for.
        return made().response(request)

    return read


def _about(may_be_embedded: bool) -> dict[str, Any]:
    from curveshift import facts
    from curveshift.app import guard, waiting
    from curveshift.app.reduced import WINDOWS
    from curveshift.decide.polarity import MIXTURE
    from curveshift.present.wording import GLOSSARY, NOT_MODELLED
    from curveshift.scenario.shelf import AS_OF
    from curveshift.world.thresholds import CUSTOM, THRESHOLDS
    from curveshift.world.units import UNIT_MEANING

    return {
        "version": __version__,
        "facts_sha256": facts.digest(),
        "as_of": AS_OF,
        "units": UNIT_MEANING,
        "windows": WINDOWS,
        "levels": (*THRESHOLDS, CUSTOM, MIXTURE),
        "not_modelled": NOT_MODELLED,
        "glossary": GLOSSARY,
        "may_be_embedded": may_be_embedded,
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
