"""A Microsoft 365 of our own over real HTTP: a login, mailboxes, and Graph; at least as strict as the real one."""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.x509 import Certificate

Json = dict[str, Any]
MEGABYTE = 1024 * 1024
LOOK_UP = re.compile(
    r"singleValueExtendedProperties/Any\(ep: ep/id eq '(String \{[0-9a-f-]{36}\} Name \w+)' and ep/value eq '([^']+)'\)"
)
SINCE = r"receivedDateTime ge (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
REPORTS = re.compile(
    SINCE
    + r" and singleValueExtendedProperties/Any\(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR'\)"
)
FROM = re.compile(SINCE + r" and \((startswith\(from/emailAddress/address,'[a-z-]+@'\)( or (?!\)))?)+\)")
SENT_AS = re.compile(r"internetMessageId eq '(<[^']+>)'")
SELECTED = {"id", "isDraft", "internetMessageId", "createdDateTime", "lastModifiedDateTime", "subject", "body",
            "toRecipients", "ccRecipients", "bccRecipients"}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call. `done`: it was carried out before. Without a status the connection is cut."""

    status: int = 0
    code: str = ""
    done: bool = False
    after: str = ""
    seconds: float = 0.0
    body: str = ""


@dataclass(frozen=True)
class Notice:
    """What came into the mailbox about a letter that had been sent."""

    id: str
    written: bytes
    received: datetime
    sender: str
    report: bool


class GraphError(Exception):
    def __init__(self, status: int, code: str, said: str = "") -> None:
        self.status, self.code, self.said = status, code, said


@dataclass
class Item:
    """A message in a mailbox."""

    id: str
    mailbox: str
    message: Json
    properties: dict[str, str]
    files: list[Json]
    changed: datetime
    draft: bool = True
    left: datetime | None = None

    @property
    def shown_properties(self) -> list[Json]:
        return [{"id": name, "value": value} for name, value in self.properties.items()]

    @property
    def shows(self) -> Json:
        at = self.changed.strftime("%Y-%m-%dT%H:%M:%SZ")
        lists = {name: self.message.get(name, []) for name in ("toRecipients", "ccRecipients", "bccRecipients")}
        return {
            "id": self.id,
            "isDraft": self.draft,
            "internetMessageId": f"<{self.id}@exchange.example>",
            "createdDateTime": at,
            "lastModifiedDateTime": at,
            "subject": self.message["subject"],
            "body": {"contentType": "text", "content": self.message["body"]["content"].replace("\n", "\r\n")},
            **lists,
        }


@dataclass
class Exchange:
    """What there is, what goes wrong next by the name of a step, and everything that was asked, in order."""

    mailboxes: set[str] = field(default_factory=lambda: {"bot@example.org", "head@example.org"})
    scope: set[str] = field(default_factory=lambda: {"bot@example.org"})
    scoped: set[str] = field(default_factory=set)
    """Rights for the mailboxes in scope only, of which nothing stands in a token; those of `roles` hold there too."""
    tenant_wide: bool = False
    """Whether what stands in `roles` holds for every mailbox."""
    by_policy: bool = False
    """Whether an application access policy keeps the bot out, instead of a role."""
    roles: list[str] = field(default_factory=lambda: ["Mail.ReadWrite", "Mail.Send"])
    secret: str = "hush"
    certificate: Certificate | None = None
    federated: str = ""
    identity: str = ""
    login_error: int = 0
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    arrived: list[Json] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    slow: float = 0.0
    together: int = 0
    """So many letters are waited for, before the first of them is taken."""
    settles: timedelta = timedelta(0)
    """For so long a letter that has left still looks like a draft; sent once more meanwhile, it would leave twice."""
    late: int = 0
    """So many look-ups do not show yet what was written."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    most_at_once: int = 0
    base_url: str = ""
    _tokens: set[str] = field(default_factory=set)
    _uploads: dict[str, tuple[Item, Json, bytearray]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _busy: int = 0

    def fails(self, step: str, *faults: Fault) -> None:
        self.faults.setdefault(step, []).extend(faults)

    def notice(self, written: str, *, sender: str = "postmaster@example.org", report: bool = True) -> None:
        """Something comes into the mailbox."""
        number = len(self.notices) + 1
        self.notices.append(Notice(f"notice-{number}", written.encode(), self.now, sender, report))

    def revoke(self) -> None:
        self._tokens.clear()

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────

    def serve(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, Json | None, dict[str, str]] | None:
        """Status, answer and headers; None where the connection is cut."""
        step, do = self._route(method, urlsplit(url).path, parse_qs(urlsplit(url).query), headers, body)
        with self._lock:
            self.asked.append(step)
            fault = self.faults[step].pop(0) if self.faults.get(step) else None
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
        self._wait_for_others(step)
        time.sleep(self.slow)
        try:
            with self._lock:
                if fault is None:
                    return self._answer(do)
                if fault.done:
                    self._answer(do)
            time.sleep(fault.seconds)
            return self._faulty(fault)
        finally:
            with self._lock:
                self._busy -= 1

    def _wait_for_others(self, step: str) -> None:
        """As many letters as are to be there together, however slowly this computer brings them."""
        until = time.monotonic() + 60
        while step == "sendMail" and self.most_at_once < self.together and time.monotonic() < until:
            time.sleep(0.005)

    def _answer(self, do: Callable[[], tuple[int, Json | None]]) -> tuple[int, Json | None, dict[str, str]]:
        try:
            status, answer = do()
        except GraphError as error:
            said = {"code": error.code, "message": error.said}
            return error.status, {"error": said}, {}
        return status, answer, {"request-id": f"request-{len(self.asked)}"}

    def _faulty(self, fault: Fault) -> tuple[int, Json | None, dict[str, str]] | None:
        if not fault.status:
            return None
        headers = {"Retry-After": fault.after} if fault.after else {}
        said = {"error": {"code": fault.code, "message": "Kit Marker, kit.marker@example.org"}} if fault.code else None
        return fault.status, said, headers

    def _route(
        self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: bytes
    ) -> tuple[str, Callable[[], tuple[int, Json | None]]]:
        if path.endswith("/.well-known/openid-configuration"):
            return "discovery", lambda: (200, self._discovery())
        if path.endswith("/oauth2/v2.0/token"):
            return "token", lambda: self._token(parse_qs(body.decode()))
        if path == "/identity":
            return "identity", lambda: self._managed(query, headers)
        if path.startswith("/upload/"):
            return "upload", lambda: self._upload(path.removeprefix("/upload/"), headers, body)
        found = re.fullmatch(r"/v1\.0/users/([^/]+)/(.+)", path)
        if found is None:
            return "?", lambda: _raise(404, "ResourceNotFound")
        mailbox, rest = unquote(found[1]), found[2]
        step, right, do = self._of_mailbox(method, rest, mailbox, query, body)

        def allowed() -> tuple[int, Json | None]:
            self._check(headers, mailbox, right)
            return do()

        return step, allowed

    def _of_mailbox(
        self, method: str, rest: str, mailbox: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[str, str, Callable[[], tuple[int, Json | None]]]:
        parts = rest.split("/")
        match (method, parts):
            case ("POST", ["sendMail"]):
                return "sendMail", "Mail.Send", lambda: self._send_mail(mailbox, _read(body))
            case ("GET", ["mailFolders", "inbox", "messages"]):
                return "notices", "Mail.ReadWrite", lambda: (200, self._inbox(query))
            case ("GET", ["messages", name, "$value"]):
                return "read", "Mail.ReadWrite", lambda: (200, self._written(name))
            case ("GET", ["messages"]):
                return "look up", "Mail.ReadWrite", lambda: (200, self._look(mailbox, query))
            case ("POST", ["messages"]):
                return "draft", "Mail.ReadWrite", lambda: (201, self._draft(mailbox, _read(body)).shows)
            case ("GET", ["messages", name, "attachments"]):
                return "files", "Mail.ReadWrite", lambda: (200, self._files(self._item(mailbox, name)))
            case ("GET", ["messages", name, "attachments", file, "$value"]):
                return "file", "Mail.ReadWrite", lambda: (200, self._content(self._item(mailbox, name), unquote(file)))
            case ("POST", ["messages", name, "attachments"]):
                return "attach", "Mail.ReadWrite", lambda: self._attach(self._item(mailbox, name), _read(body))
            case ("POST", ["messages", name, "attachments", "createUploadSession"]):
                return "session", "Mail.ReadWrite", lambda: self._session(self._item(mailbox, name), _read(body))
            case ("POST", ["messages", name, "send"]):
                return "send", "Mail.Send", lambda: self._send(self._item(mailbox, name))
            case ("POST", ["messages", name, "permanentDelete"]):
                return "remove", "Mail.ReadWrite", lambda: self._delete(self._item(mailbox, name))
            case ("DELETE", ["messages", name]):
                return "delete", "Mail.ReadWrite", lambda: self._delete(self._item(mailbox, name))
        return "?", "", lambda: _raise(404, "ResourceNotFound")

    def _check(self, headers: Any, mailbox: str, right: str) -> None:
        token = str(headers.get("Authorization", "")).removeprefix("Bearer ")
        if token not in self._tokens:
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed.")
        assert headers.get("Prefer") == 'IdType="ImmutableId", outlook.body-content-type="text"'
        if self.roles and right not in {*self.roles, *self.scoped}:
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if mailbox not in self.mailboxes:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        if mailbox not in self.scope and not (self.tenant_wide and right in self.roles):
            policy = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
            raise GraphError(403, "ErrorAccessDenied", policy if self.by_policy else "Access is denied.")

    # ── logging in ───────────────────────────────────────────────────────────────────────────────────────

    def _discovery(self) -> Json:
        root = f"{self.base_url}/tenant-1"
        return {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "issuer": f"{root}/v2.0",
        }

    def _token(self, given: dict[str, list[str]]) -> tuple[int, Json]:
        one = {name: values[0] for name, values in given.items()}
        assert (one["client_id"], one["grant_type"]) == ("app-1", "client_credentials")
        assert one["scope"] == f"{self.base_url}/.default"
        wrong = self.login_error or self._proof_error(one)
        if wrong:
            said = f"AADSTS{wrong}: Kit Marker at kit.marker@example.org"
            return 401, {"error": "invalid_client", "error_description": said, "error_codes": [wrong]}
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": self._new_token()}

    def _proof_error(self, one: dict[str, str]) -> int:
        assertion = one.get("client_assertion", "")
        if not assertion:
            return 0 if one.get("client_secret") == self.secret else 7000215
        if self.federated:
            return 0 if assertion == self.federated else 700213
        if self.certificate is None:
            return 700027
        key: Any = self.certificate.public_key()
        audience = f"{self.base_url}/tenant-1/oauth2/v2.0/token"
        try:
            jwt.decode(assertion, key, algorithms=["RS256", "PS256"], audience=audience)
        except jwt.InvalidTokenError:
            return 700027
        return 0

    def _managed(self, query: dict[str, list[str]], headers: Any) -> tuple[int, Json]:
        assert query["resource"] == [self.base_url]
        if headers.get("X-IDENTITY-HEADER") != self.identity or query.get("client_id", ["id-1"]) != ["id-1"]:
            return 400, {"statusCode": 400, "message": "No managed identity."}
        until = int(time.time()) + 3600
        return 200, {"access_token": self._new_token(), "expires_on": str(until), "resource": self.base_url}

    def _new_token(self) -> str:
        claims = json.dumps({"roles": self.roles, "n": len(self.asked)}).encode()
        token = f"head.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sign"
        self._tokens.add(token)
        return token

    # ── mailboxes ────────────────────────────────────────────────────────────────────────────────────────

    def _item(self, mailbox: str, name: str) -> Item:
        for item in self.items:
            if (item.mailbox, item.id) == (mailbox, name):
                return item
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _look(self, mailbox: str, query: dict[str, list[str]]) -> Json:
        assert set(query["$select"][0].split(",")) <= SELECTED
        for item in self.items:
            item.draft = item.draft and (item.left is None or self.now < item.left + self.settles)
        items = [item for item in self.items if item.mailbox == mailbox]
        if "$filter" in query and (sent := SENT_AS.fullmatch(query["$filter"][0])):
            same = [item for item in items if item.shows["internetMessageId"] == sent[1] and not item.draft]
            return {"value": [{"id": item.id, "singleValueExtendedProperties": item.shown_properties} for item in same]}
        if "$filter" in query:
            wanted = LOOK_UP.fullmatch(query["$filter"][0])
            if wanted is None:
                raise GraphError(400, "ErrorInvalidUrlQueryFilter")
            items = [item for item in items if item.properties.get(wanted[1]) == wanted[2]]
        if self.late:
            self.late -= 1
            return {"value": []}
        return {"value": [item.shows for item in items[: int(query["$top"][0])]]}

    def _inbox(self, query: dict[str, list[str]]) -> Json:
        assert query["$select"] == ["id"]
        asked = query["$filter"][0]
        found = REPORTS.fullmatch(asked) or FROM.fullmatch(asked)
        if found is None:
            raise GraphError(400, "ErrorInvalidUrlQueryFilter")
        begins = tuple(re.findall(r"'([a-z-]+@)'", asked)) or None
        since = datetime.fromisoformat(found[1].replace("Z", "+00:00"))
        there = (each for each in self.notices if each.received >= since)
        shown = [each for each in there if (each.sender.startswith(begins) if begins else each.report)]
        skip, top = (int(query[name][0]) for name in ("$skip", "$top"))
        return {"value": [{"id": each.id} for each in shown[skip : skip + top]]}

    def _written(self, name: str) -> Any:
        for each in self.notices:
            if each.id == name:
                return each.written
        raise GraphError(404, "ErrorItemNotFound")

    def _draft(self, mailbox: str, message: Json) -> Item:
        _check_message(message)
        properties = {str(each["id"]): str(each["value"]) for each in message["singleValueExtendedProperties"]}
        files = [_checked(each) for each in message.pop("attachments", [])]
        item = Item(f"message-{len(self.items) + 1}", mailbox, message, properties, files, self.now)
        self.items.append(item)
        return item

    def _files(self, item: Item) -> Json:
        return {"value": [{"id": each["name"], "name": each["name"], "size": each["size"]} for each in item.files]}

    def _content(self, item: Item, name: str) -> Any:
        return next(each["content"] for each in item.files if each["name"] == name)

    def _attach(self, item: Item, given: Json) -> tuple[int, Json]:
        file = _checked(given)
        assert len(file["content"]) < 3 * MEGABYTE
        item.files.append(file)
        return 201, {}

    def _session(self, item: Item, given: Json) -> tuple[int, Json]:
        wanted = given["AttachmentItem"]
        assert wanted["attachmentType"] == "file"
        name = f"session-{len(self._uploads) + 1}"
        self._uploads[name] = (item, wanted, bytearray())
        return 201, {"uploadUrl": f"{self.base_url}/upload/{name}"}

    def _upload(self, name: str, headers: Any, body: bytes) -> tuple[int, Json]:
        assert "Authorization" not in headers
        item, wanted, there = self._uploads[name]
        place = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", headers["Content-Range"])
        assert place is not None
        begin, end, of = map(int, place.groups())
        assert (begin, end, of) == (len(there), begin + len(body) - 1, wanted["size"])
        assert len(body) <= 4 * MEGABYTE
        there += body
        if len(there) < of:
            return 200, {"nextExpectedRanges": [f"{len(there)}-"]}
        item.files.append({"name": wanted["name"], "size": of, "content": bytes(there), "type": wanted["contentType"]})
        return 201, {}

    def _send(self, item: Item) -> tuple[int, None]:
        if not item.draft:
            raise GraphError(404, "ErrorItemNotFound")
        self._arrive(item.message, item.files)
        item.draft, item.changed, item.left = bool(self.settles), self.now, self.now
        return 202, None

    def _delete(self, item: Item) -> tuple[int, None]:
        self.items.remove(item)
        return 204, None

    def _send_mail(self, mailbox: str, given: Json) -> tuple[int, None]:
        if not given["message"]["toRecipients"]:
            raise GraphError(400, "ErrorInvalidRecipients", "It contains no recipients.")
        assert given["saveToSentItems"] is True
        _check_message(given["message"])
        self._arrive(given["message"], [_checked(each) for each in given["message"].pop("attachments", [])])
        return 202, None

    def _arrive(self, message: Json, files: list[Json]) -> None:
        domains = {each["emailAddress"]["address"].rpartition("@")[2] for each in message["toRecipients"]}
        if "nowhere.example.org" in domains:
            raise GraphError(400, "ErrorInvalidRecipients", "kit.marker@nowhere.example.org is not valid.")
        self.arrived.append({**message, "files": files})


def _raise(status: int, code: str) -> tuple[int, None]:
    raise GraphError(status, code)


def _read(body: bytes) -> Json:
    if len(body) > 4 * MEGABYTE:
        raise GraphError(413, "RequestBodyTooLarge")
    read: Json = json.loads(body)
    return read


def _check_message(message: Json) -> None:
    assert message["toRecipients"]
    assert message["body"]["contentType"] in {"text", "html"}
    headers = message["internetMessageHeaders"]
    assert all(each["name"].lower().startswith("x-") for each in headers)
    assert len(headers) <= 5


def _checked(given: Json) -> Json:
    assert given["@odata.type"] == "#microsoft.graph.fileAttachment"
    content = base64.b64decode(given["contentBytes"], validate=True)
    # Exchange counts a little more than the content.
    return {"name": given["name"], "size": len(content) + 300, "content": content, "type": given["contentType"]}


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────


class Served:
    """It, until `stop`."""

    def __init__(self, exchange: Exchange, context: ssl.SSLContext) -> None:
        self.exchange = exchange
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10
            wbufsize = 65536
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answered = served.exchange.serve(self.command, self.path, self.headers, body)
                if answered is None:
                    self.close_connection = True
                    return
                status, said, headers = answered
                content = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return served.exchange.now.strftime("%a, %d %b %Y %H:%M:%S GMT")

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        exchange.base_url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def moment(after: timedelta = timedelta(0)) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + after
