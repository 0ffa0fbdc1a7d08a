"""The door into Rasa: what reaches the actions, and what is answered when something is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import psycopg
import pytest

from ownerdesk.adapters.database import libpq_url
from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable, Turn
from tests.nlu.rasa_server import TOKEN, FakeActions, free_port

Result = TypeVar("Result")
LIFT = "My mother is stuck in the lift and cannot breathe, please hurry"


def run(client: RasaClient, work: Callable[[RasaClient], Awaitable[Result]]) -> Result:
    async def closing() -> Result:
        async with client:
            return await work(client)

    return asyncio.run(closing())


def send(client: RasaClient, sender: str, *texts: str, language: str | None = None) -> Turn:
    """Send messages one after the other; the last turn is returned."""

    async def work(rasa: RasaClient) -> Turn:
        turns = [
            await rasa.send(
                sender_id=sender, message_id=str(number), text=text, language=language, timeout=30
            )
            for number, text in enumerate(texts, 1)
        ]
        return turns[-1]

    return run(client, work)


def test_a_message_is_read_and_its_action_runs(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    turn = send(client, sender, LIFT)

    assert turn.action == "action_raise_emergency"
    assert turn.responses == ({"text": "Done: action_raise_emergency"},)
    assert turn.reading.model == run(client, lambda rasa: rasa.find_model())
    assert (turn.reading.nature, turn.reading.category) == ("emergency", "elevator")
    assert (turn.reading.kind, turn.reading.language, turn.reading.alarm) == (
        "entrapment", "en", True,
    )  # fmt: skip
    assert len(actions.calls) == 1


def test_the_action_sees_the_labels_and_the_metadata_of_the_message(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    send(client, sender, LIFT, language="es")

    latest = actions.last()["tracker"]["latest_message"]
    assert latest["text"] == LIFT
    assert latest["metadata"] == {"message_id": "1", "language": "es", "sign": "certain"}
    assert latest["category"]["name"] == "elevator"
    assert latest["kind"]["name"] == "entrapment"
    assert latest["language"] == "en"
    assert latest["model"] == run(client, lambda rasa: rasa.find_model())
    assert (latest["decision"], latest["alarm"]) == ("accept", True)
    assert latest["intent_ranking"][0]["confidence"] > 0.5


def test_the_owners_own_choice_of_language_goes_before_the_language_of_the_text(
    client: RasaClient, sender: str
) -> None:
    turn = send(client, sender, "thank you so much for your help", language="zh")

    assert any("\u4e00" <= sign <= "\u9fff" for sign in turn.responses[0]["text"])
    assert turn.reading.language == "en"


def test_a_message_without_letters_is_answered_in_the_language_spoken_long_before(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    send(client, sender, "buenas tardes, se ha ido la luz en todo el portal", *["1234"] * 8)

    assert actions.last()["tracker"]["slots"]["language"] == "es"


def test_a_long_conversation_sends_only_its_latest_turns_to_the_action(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    send(client, sender, *[LIFT] * 12)

    assert len(actions.last()["tracker"]["events"]) < 25


def test_every_event_is_stored_once(client: RasaClient, sender: str, rasa_database: str) -> None:
    send(client, sender, *[LIFT] * 5)

    with psycopg.connect(libpq_url(rasa_database)) as connection:
        rows = connection.execute(
            "SELECT type_name, data FROM rasa.events WHERE sender_id = %s ORDER BY id", [sender]
        ).fetchall()
    said = [json.loads(data)["message_id"] for kind, data in rows if kind == "user"]
    assert said == ["1", "2", "3", "4", "5"]
    assert sum(kind == "session_started" for kind, _ in rows) == 1


@pytest.mark.parametrize("order", ["/emergency", '/emergency{"phone": "1"}', "/restart", " /back"])
def test_an_owner_cannot_give_rasa_orders(
    client: RasaClient, sender: str, actions: FakeActions, order: str
) -> None:
    turn = send(client, sender, order)

    assert turn.reading.intent_confidence < 1.0
    assert not any(entity.name == "phone" for entity in turn.reading.entities)
    assert turn.action is None or turn.action.startswith("action_")
    events = actions.last()["tracker"]["events"] if turn.action else []
    assert not any(event["event"] in ("restart", "rewind") for event in events)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n\t",
        "👍",
        "🔥" * 3000,
        "x" * 4096,
        "灯" * 4096,
        "no \x00 light \u200b\u200d\u202e here",
        "\ud800",
        "12345678901234567890",
        "<b>hi</b> '; DROP TABLE events; --",
        "{}[](){intent}$",
        "שלום מה שלומך",
    ],
    ids=lambda text: f"{len(text)} of {text[:6]!a}",
)
def test_whatever_an_owner_types_gets_a_defined_answer(
    client: RasaClient, sender: str, text: str
) -> None:
    body = json.dumps({"sender_id": sender, "message_id": "1", "text": text})

    async def work(rasa: RasaClient) -> tuple[int, dict[str, Any]]:
        url = f"{rasa._base_url}/webhooks/ownerdesk/messages"
        async with rasa._http().post(url, data=body) as response:
            return response.status, await response.json()

    status, answer = run(client, work)
    assert status == 200
    assert answer["parse"]["decision"] in ("accept", "clarify", "handoff")
    assert answer["action"] or answer["responses"]


def test_nothing_said_is_asked_about(client: RasaClient, sender: str) -> None:
    turn = send(client, sender, "\u200b")

    assert (turn.reading.decision, turn.action) == ("clarify", "action_clarify")
    assert turn.reading.language is None


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_failed_action_is_not_passed_off_as_done(
    client: RasaClient, sender: str, actions: FakeActions, status: int
) -> None:
    actions.status = status

    with pytest.raises(RasaUnavailable, match=f"action_raise_emergency.*{status}"):
        send(client, sender, LIFT)


def test_an_answer_that_is_none_is_not_passed_off_as_done(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    actions.answer = {"events": "none", "responses": []}

    with pytest.raises(RasaUnavailable, match="action_raise_emergency"):
        send(client, sender, LIFT)


def test_after_a_failure_the_same_message_can_be_sent_again(
    client: RasaClient, sender: str, actions: FakeActions
) -> None:
    async def work(rasa: RasaClient) -> Turn:
        message: dict[str, Any] = {
            "sender_id": sender, "message_id": "1", "text": LIFT, "language": None, "timeout": 30,
        }  # fmt: skip
        actions.status = 500
        with pytest.raises(RasaUnavailable):
            await rasa.send(**message)
        actions.status = 200
        return await rasa.send(**message)

    assert run(client, work).action == "action_raise_emergency"
    assert [call["tracker"]["latest_message"]["message_id"] for call in actions.calls] == ["1", "1"]


def test_another_token_is_refused_at_every_door(rasa_url: str) -> None:
    for method, path in [("GET", ""), ("POST", "parse"), ("POST", "messages")]:
        for headers in [{}, {"Authorization": "Bearer wrong"}]:
            response = httpx.request(
                method, f"{rasa_url}/webhooks/ownerdesk/{path}", headers=headers, json={}
            )
            assert response.status_code == 401, path
            assert response.json() == {"error": "wrong token"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", "no json"),
        ("messages", "[]"),
        ("messages", '{"sender_id": "c", "text": "hello"}'),
        ("messages", '{"sender_id": "", "message_id": "1", "text": "hello"}'),
        ("messages", '{"sender_id": "c", "message_id": "1", "text": 5}'),
        ("messages", '{"sender_id": "c", "message_id": "1", "text": "a", "metadata": "b"}'),
        ("parse", '{"texts": "hello"}'),
        ("parse", json.dumps({"texts": ["a"] * 201})),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(rasa_url: str, path: str, body: str) -> None:
    response = httpx.post(
        f"{rasa_url}/webhooks/ownerdesk/{path}",
        content=body,
        headers={"Authorization": f"Bearer {TOKEN}"},
    )

    assert response.status_code == 400
    assert response.json()["error"]


def test_a_refusal_is_told_from_an_outage(rasa_url: str, sender: str) -> None:
    with pytest.raises(RasaRefused):
        send(RasaClient(rasa_url, "wrong"), sender, LIFT)
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(RasaUnavailable):
        send(RasaClient(nobody, TOKEN), sender, LIFT)
    assert run(RasaClient(rasa_url, TOKEN), RasaClient.is_ready)
    assert not run(RasaClient(rasa_url, "wrong"), RasaClient.is_ready)
    assert not run(RasaClient(nobody, TOKEN), RasaClient.is_ready)
