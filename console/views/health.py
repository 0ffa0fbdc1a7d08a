"""Health for whoever starts and watches the parts, and metrics for Prometheus."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from console.keys import CORE
from console.places import is_from_this_machine
from ownerdesk.queries.figures import Figures, count_figures

NEEDED = ("database", "worker", "rasa", "bot")


async def show_health(request: web.Request) -> web.StreamResponse:
    """200 only when everything an owner's message passes through is ready."""
    parts = await request.app[CORE].health()
    is_ready = all(parts.get(name, False) for name in NEEDED)
    return web.json_response(
        parts, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    )


async def show_metrics(request: web.Request) -> web.StreamResponse:
    """Only for this machine: how busy a company is concerns nobody else."""
    if not is_from_this_machine(request):
        raise web.HTTPNotFound
    core = request.app[CORE]
    parts = await core.health()
    figures = await core.transact(count_figures, at=core.clock()) if parts["database"] else None
    body = generate_latest(_collect(parts, figures))
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _collect(parts: dict[str, bool], figures: Figures | None) -> CollectorRegistry:
    """A registry of its own for each answer: replicas of the console must not keep counts apart."""
    registry = CollectorRegistry()
    up = Gauge("ownerdesk_part_up", "Whether a part is ready.", ["part"], registry=registry)
    for part, is_up in parts.items():
        up.labels(part).set(is_up)
    if figures is None:
        return registry
    appeals = Gauge("ownerdesk_appeals", "Appeals by state.", ["state"], registry=registry)
    for state, count in figures.appeals_by_state.items():
        appeals.labels(state).set(count)
    handoffs = Gauge("ownerdesk_handoffs", "Open handoffs.", ["state"], registry=registry)
    handoffs.labels("waiting").set(figures.handoffs_waiting)
    handoffs.labels("held").set(figures.handoffs_held)
    queued = Gauge("ownerdesk_outbox_queued", "Messages not sent yet.", registry=registry)
    queued.set(figures.outbox_queued)
    jobs = Gauge("ownerdesk_jobs", "Jobs by status.", ["status"], registry=registry)
    for status, count in figures.jobs_by_status.items():
        jobs.labels(status).set(count)
    oldest = Gauge(
        "ownerdesk_oldest_update_seconds",
        "Age of the oldest update that was not handled yet.",
        registry=registry,
    )
    oldest.set(figures.oldest_update_seconds)
    return registry


def add_routes(app: web.Application) -> None:
    app.router.add_get("/healthz", show_health)
    app.router.add_get("/metrics", show_metrics)
