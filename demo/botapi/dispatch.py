"""One call of the Bot API: token, method, faults, and the answer's shape."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from demo.botapi import intake, media, profile, send
from demo.botapi.params import Params, read_params
from demo.errors import ApiError, Json
from demo.faults import MethodFault
from demo.limits import MAX_DOWNLOAD
from demo.state import State

Method = Callable[[State, Params], Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getMe": profile.get_me,
    "getChat": profile.get_chat,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getUpdates": intake.get_updates,
    "setWebhook": intake.set_webhook,
    "deleteWebhook": intake.delete_webhook,
    "getWebhookInfo": intake.get_webhook_info,
    "sendMessage": send.send_message,
    "sendLocation": send.send_location,
    "sendChatAction": send.send_chat_action,
    "editMessageText": send.edit_message_text,
    "editMessageCaption": send.edit_message_caption,
    "editMessageReplyMarkup": send.edit_message_reply_markup,
    "deleteMessage": send.delete_message,
    "answerCallbackQuery": send.answer_callback_query,
    "sendPhoto": media.send_photo,
    "sendDocument": media.send_document,
    "sendVoice": media.send_voice,
    "sendVideo": media.send_video,
    "sendMediaGroup": media.send_media_group,
    "getFile": media.get_file,
}
# Telegram does not mind how a method's name is capitalised.
_BY_LOWER = {name.lower(): (name, method) for name, method in METHODS.items()}


class BotApi:
    """The two routes a bot uses."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self.call)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self.download)

    def _check_token(self, request: web.Request) -> None:
        if not hmac.compare_digest(
            request.match_info["token"].encode(), self._state.config.token.encode()
        ):
            raise ApiError(401, "Unauthorized")

    async def call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        params = Params({}, {})
        try:
            self._check_token(request)
            found = _BY_LOWER.get(name.lower())
            if found is None:
                raise ApiError(404, "Not Found")
            name, method = found
            params = await read_params(request, self._state.files)
            return await self._run(request, name, method, params)
        except ApiError as error:
            self._note(name, params, error.code, error.description)
            return _refusal(error)
        finally:
            for upload in params.uploads.values():
                upload.path.unlink(missing_ok=True)

    async def _run(
        self, request: web.Request, name: str, method: Method, params: Params
    ) -> web.StreamResponse:
        state = self._state
        if delay := state.faults.delay(name):
            await asyncio.sleep(delay)
        fault = state.faults.take(name, params.text("chat_id"))
        if fault is not None and not fault.after:
            return self._fail(request, name, params, fault)
        result = await method(state, params)
        if fault is not None:
            return self._fail(request, name, params, fault)
        self._note(name, params, 200, "", result)
        return web.json_response({"ok": True, "result": result})

    def _fail(
        self, request: web.Request, name: str, params: Params, fault: MethodFault
    ) -> web.StreamResponse:
        if fault.mode == "reset":
            self._note(name, params, 0, "connection reset")
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        error = fault.error()
        self._note(name, params, error.code, error.description)
        return _refusal(error)

    def _note(self, name: str, params: Params, status: int, error: str, result: Any = None) -> None:
        """Log a call by ids; an empty poll is no news."""
        if name == "getUpdates" and not result and status == 200:
            return
        fields: Json = {"method": name, "status": status}
        if error:
            fields["error"] = error.split(":")[0] if "parse" in error else error
        if params.has("chat_id"):
            fields["chat_id"] = params.integer("chat_id")
        if isinstance(result, dict) and "message_id" in result:
            fields["message_id"] = result["message_id"]
        self._state.log.write("call", **fields)

    async def download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
            record = self._state.files.find_by_path(request.match_info["path"])
            if record is None:
                raise ApiError(404, "Not Found")
            if record["size"] > MAX_DOWNLOAD:
                raise ApiError(400, "Bad Request: file is too big")
        except ApiError as error:
            return _refusal(error)
        headers = {"Content-Type": "application/octet-stream"}
        return web.FileResponse(self._state.files.disk_path(record), headers=headers)


def _refusal(error: ApiError) -> web.Response:
    headers = {}
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return web.json_response(error.to_json(), status=error.code, headers=headers)
