"""What the command palette finds: pages and saved views by name, appeals by number or words."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from console.menu import list_pages
from console.render import Desk, show
from ownerdesk.queries.saved_views import list_saved_views
from ownerdesk.queries.work_list import AppealFilter, list_appeal_ids, load_appeals

MOST_WORDS = 100
MOST_APPEALS = 8


async def show_found(request: web.Request) -> web.StreamResponse:
    words = request.query.get("q", "").replace("\x00", "").strip()[:MOST_WORDS]

    def build(session: Session, desk: Desk) -> dict[str, object]:
        wanted = words.casefold()
        pages = [page for page in list_pages(desk) if wanted in page.name.casefold()]
        # Whoever types the beginning of a page's name means the page, though appeals hold the word too.
        meant = [page for page in pages if page.name.casefold().startswith(wanted)]
        views = list_saved_views(session, desk.member)
        appeals = []
        if words:
            everything = AppealFilter(tab="all", text=words)
            ids = list_appeal_ids(session, desk.member, everything, at=desk.now, limit=MOST_APPEALS)
            appeals = load_appeals(session, ids)
        return {
            "meant": meant,
            "views": [v for v in views if words and wanted in v.name.casefold()],
            "appeals": appeals,
            "others": [page for page in pages if page not in meant],
        }

    return await show(request, "palette.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/palette", show_found)
