"""The way to the Telegram stand-in and its phone, for trying out: passed on as it is, in both directions."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web
from multidict import CIMultiDict, CIMultiDictProxy

from console.keys import CORE, DEMO_CLIENT
from console.places import is_from_this_machine

# These concern one connection and not the message; the two lengths are worked out anew.
HOP_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "cookie",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OPEN_ANSWERS: web.AppKey[set[ClientResponse]] = web.AppKey("open_answers", set)


async def pass_on(request: web.Request) -> web.StreamResponse:
    """The stand-in asks nobody who they are, so only this machine may reach it."""
    if not is_from_this_machine(request):
        raise web.HTTPNotFound
    url = request.app[CORE].settings.demo_url + request.path_qs
    try:
        async with request.app[DEMO_CLIENT].request(
            request.method,
            url,
            headers=_headers(request.headers),
            data=request.content if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            return await _send_back(request, answer)
    except ClientError:
        raise web.HTTPBadGateway from None


async def _send_back(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=_headers(answer.headers))
    open_answers = request.app[OPEN_ANSWERS]
    open_answers.add(answer)
    try:
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except (ClientError, ConnectionResetError):
        # One side has left in the middle; what was begun cannot become another answer.
        return response
    finally:
        open_answers.discard(answer)
    return response


def _headers(headers: CIMultiDictProxy[str] | CIMultiDict[str]) -> CIMultiDict[str]:
    kept = CIMultiDict[str]()
    for name, value in headers.items():
        if name.lower() not in HOP_HEADERS:
            kept.add(name, value)
    return kept


async def _keep_client(app: web.Application) -> AsyncIterator[None]:
    # Streams stay open as long as somebody looks at the phone.
    timeout = ClientTimeout(total=None, sock_connect=5)
    async with ClientSession(timeout=timeout, auto_decompress=True) as client:
        app[DEMO_CLIENT] = client
        yield


async def _hang_up(app: web.Application) -> None:
    open_answers = app[OPEN_ANSWERS]
    for answer in list(open_answers):
        answer.close()


def add_routes(app: web.Application) -> None:
    app[OPEN_ANSWERS] = set()
    app.cleanup_ctx.append(_keep_client)
    app.on_shutdown.append(_hang_up)
    app.router.add_route("*", "/demo", pass_on)
    app.router.add_route("*", "/demo/{rest:.*}", pass_on)
