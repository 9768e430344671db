"""What every check stands on: the clients, the callback server, the people, and what is true of all events."""

import base64
import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from azure.communication.callautomation import (
    CallAutomationClient,
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)

# The library publishes no parser of events; these are its own classes of them.
from azure.communication.callautomation._generated import models
from azure.core.exceptions import HttpResponseError
from azure.core.messaging import CloudEvent
from azure.core.pipeline.transport import RequestsTransport
from azure.eventgrid import EventGridEvent

# Seconds. Far more than anything takes, so that only what never comes fails.
PATIENCE = 10
# Seconds in which something that must not come would have come.
QUIET = 0.3

OWN_NUMBER = PhoneNumberIdentifier("+18005550100")
SPEAKING = "https://contoso-ai.cognitiveservices.azure.com/"
UNDOCUMENTED = {"version", "publicEventType", "eventSource"}


class Failed(Exception):
    """A check found something else than it should."""


def equal(what, actual, expected):
    if actual != expected:
        raise Failed(f"{what} is {actual!r}, not {expected!r}")


def true(what, holds):
    if not holds:
        raise Failed(what)


def refused(status, codes, action):
    """Runs an action which the service must refuse, and gives the library's error."""
    try:
        action()
    except HttpResponseError as error:
        equal("the status", error.status_code, status)
        true("the error has no body that the library can parse", error.model is not None)
        true(f"the code is {error.model.error.code!r}, not one of {codes}", error.model.error.code in codes)
        true("the error has no message", error.model.error.message)
        equal("the code that azure-core parsed", error.error.code, error.model.error.code)
        return error
    raise Failed(f"it was not refused with {status}/{'/'.join(codes)}")


class PlainTransport(RequestsTransport):
    """The library drops the scheme of a connection string's endpoint and always asks for TLS; loopback has none."""

    def send(self, request, **kwargs):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **kwargs)


@dataclass
class Event:
    kind: str
    data: object  # the library's class of that name
    raw: dict
    token: str


class Inbox:
    """The events of one callback URL, each parsed and checked as it came."""

    def __init__(self, url):
        self.url = url
        self.events = []
        self.faults = []
        self.seen = set()
        self.changed = threading.Condition()

    def add(self, body, headers):
        with self.changed:
            try:
                self.events.extend(self.parse(body, headers))
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.faults.append(f"{type(error).__name__}: {error} in {body[:400]}")
            self.changed.notify_all()

    def parse(self, body, headers):
        envelopes = json.loads(body)
        true("the body is no array of one event", isinstance(envelopes, list) and len(envelopes) == 1)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        true("the callback has no bearer token", scheme == "Bearer" and token.count(".") == 2)
        for envelope in envelopes:
            cloud = CloudEvent.from_dict(envelope)
            true("an event came twice", cloud.id not in self.seen)
            self.seen.add(cloud.id)
            kind = cloud.type.removeprefix("Microsoft.Communication.")
            model = getattr(models, kind)
            conforms(kind, cloud.data, model, UNDOCUMENTED)
            data = model.deserialize(cloud.data)
            equal("specversion", cloud.specversion, "1.0")
            equal("datacontenttype", cloud.datacontenttype, "application/json")
            equal("source", cloud.source, f"calling/callConnections/{data.call_connection_id}")
            equal("subject", cloud.subject, cloud.source)
            true("an event has no time", cloud.time is not None and cloud.time.tzinfo is not None)
            true("an event lacks an id", data.call_connection_id and data.server_call_id and data.correlation_id)
            yield Event(kind, data, cloud.data, token)

    def wait(self, kind, matching=lambda data: True):
        """Takes the first event of that kind which matches; others stay."""
        deadline = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                if self.faults:
                    raise Failed(self.faults[0])
                for event in self.events:
                    if event.kind == kind and matching(event.data):
                        self.events.remove(event)
                        return event
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Failed(f"no {kind} came that matches, only {self.described()}")
                self.changed.wait(left)

    def stays_without(self, *kinds):
        """Fails if one of these has come, or comes in the next moment."""
        time.sleep(QUIET)
        with self.changed:
            if self.faults:
                raise Failed(self.faults[0])
            came = [event.kind for event in self.events if event.kind in kinds]
            true(f"{came} came, which should not", not came)

    def described(self):
        return [f"{event.kind} {event.raw}" for event in self.events]


TYPES = {"str": str, "int": int, "bool": bool, "float": (int, float), "iso-8601": str}


def conforms(at, value, model, ignored=frozenset()):
    """Holds JSON against the library's own description of it, which is stricter than its reading."""
    attributes = {attribute["key"]: attribute["type"] for attribute in model._attribute_map.values()}
    for key, inner in value.items():
        if key in ignored:
            continue
        true(f"{at} has the unknown property {key}", key in attributes)
        conforms_type(f"{at}.{key}", inner, attributes[key])


def conforms_type(at, value, type_name):
    if type_name.startswith("["):
        true(f"{at} is no array", isinstance(value, list))
        for index, item in enumerate(value):
            conforms_type(f"{at}[{index}]", item, type_name[1:-1])
    elif type_name.startswith("{"):
        true(f"{at} is no object", isinstance(value, dict))
        for key, item in value.items():
            conforms_type(f"{at}.{key}", item, type_name[1:-1])
    elif isinstance(getattr(models, type_name, None), type) and hasattr(getattr(models, type_name), "_attribute_map"):
        true(f"{at} is no object", isinstance(value, dict))
        conforms(at, value, getattr(models, type_name))
    elif type_name in TYPES:
        right = isinstance(value, TYPES[type_name]) and isinstance(value, bool) == (type_name == "bool")
        true(f"{at} is {value!r}, which is no {type_name}", right)
    else:  # an enumeration
        known = [member.value for member in getattr(models, type_name)]
        true(f"{at} is {value!r}, which is none of {known}", value in known)


class Call:
    """A leg of the application: the library's client of it, and its events."""

    def __init__(self, client, properties, inbox):
        self.properties = properties
        self.inbox = inbox
        self.id = properties.call_connection_id
        self.connection = client.get_call_connection(self.id)

    def wait(self, kind, context=None, matching=lambda data: True):
        """The event of that kind; with a context, of that operation."""

        def fits(data):
            return (context is None or data.operation_context == context) and matching(data)

        event = self.inbox.wait(kind, fits)
        equal("callConnectionId", event.data.call_connection_id, self.id)
        return event.data

    def result(self, kind, code, sub_code, context=None):
        """The event of that kind, which must have that result."""
        data = self.wait(kind, context)
        information = data.result_information
        equal(f"the result of {kind}", (information.code, information.sub_code), (code, sub_code))
        return data

    def roster(self, *people):
        """Waits until the roster shows exactly these beside the application."""
        expected = sorted(person.raw_id for person in people)

        def shows(data):
            ids = sorted(participant.identifier.raw_id for participant in data.participants)
            return [raw_id for raw_id in ids if raw_id in expected] == expected and len(ids) <= len(expected) + 1

        return self.wait("ParticipantsUpdated", matching=shows)

    def is_gone(self):
        """After its end the service knows the leg no more."""
        refused(404, ["8522"], self.connection.get_call_properties)


class Stage:
    """Everything that a check needs. Each check has calls, people and URLs of its own."""

    def __init__(self, connection_string):
        self.connection_string = connection_string
        parts = dict(part.split("=", 1) for part in connection_string.split(";"))
        self.endpoint = parts["endpoint"].rstrip("/")
        self.access_key = parts["accesskey"]
        self.client = self.new_client()
        self.inboxes = {}
        self.announcements = {}
        self.numbers = itertools.count(1)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def new_client(self, connection_string=None, **options):
        text = connection_string or self.connection_string
        return CallAutomationClient.from_connection_string(text, transport=PlainTransport(), **options)

    def handler(self):
        stage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = stage.receive(self.path, body.decode(), self.headers)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        return Handler

    def receive(self, path, body, headers):
        if path in self.inboxes:
            self.inboxes[path].add(body, headers)
        elif path in self.announcements:
            self.announcements[path].put(body, headers)
        else:
            return 404
        return 200

    def phone(self):
        """A phone number that nobody had before."""
        return PhoneNumberIdentifier(f"+1425555{next(self.numbers):04}")

    def user(self):
        """A communication user that nobody was before."""
        return CommunicationUserIdentifier(f"8:acs:{uuid.uuid4()}_{uuid.uuid4()}")

    def context(self):
        return f"context-{next(self.numbers)}"

    def inbox(self):
        path = f"/callbacks/{uuid.uuid4()}"
        self.inboxes[path] = Inbox(self.base + path)
        return self.inboxes[path]

    def control(self, method, path, body=None):
        """A request to the simulator itself, not to the service that it plays."""
        response = requests.request(method, f"{self.endpoint}/sim/{path}", json=body, timeout=PATIENCE)
        true(f"{method} /sim/{path}: {response.status_code} {response.text}", response.ok)
        return response.json() if response.content else None

    def person(self, who, **behaviour):
        """Tells how somebody takes calls and what they do then. Without it they answer after a second."""
        self.control("PUT", f"people/{requests.utils.quote(who.raw_id, safe='')}", behaviour)
        return who

    def outbound(self, *targets, **options):
        """A call that was placed to these, and that somebody has answered."""
        targets = targets or (self.phone(),)
        call = self.ringing(*targets, **options)
        call.wait("CallConnected")
        call.roster(*targets)
        return call

    def ringing(self, *targets, **options):
        """A call that was placed to these."""
        options.setdefault("source_caller_id_number", OWN_NUMBER)
        options.setdefault("cognitive_services_endpoint", SPEAKING)
        inbox = self.inbox()
        target = targets[0] if len(targets) == 1 else list(targets)
        return Call(self.client, self.client.create_call(target, inbox.url, **options), inbox)

    def incoming(self, caller=None, to=OWN_NUMBER, **options):
        """Somebody calls the application."""
        path = f"/eventgrid/{uuid.uuid4()}"
        self.announcements[path] = Announcements()
        caller = caller or self.phone()
        body = {"from": caller.raw_id, "to": to.raw_id, "webhook": self.base + path, **options}
        placed = self.control("POST", "calls", body)
        return Incoming(caller, to, placed, self.announcements[path])

    def inbound(self, **options):
        """A call that somebody made and that the application has answered."""
        incoming = self.incoming(**options)
        call = self.answer(incoming.context())
        call.wait("CallConnected")
        call.roster(incoming.caller)
        return call, incoming.caller

    def answer(self, incoming_call_context, **options):
        options.setdefault("cognitive_services_endpoint", SPEAKING)
        inbox = self.inbox()
        return Call(self.client, self.client.answer_call(incoming_call_context, inbox.url, **options), inbox)


class Announcements:
    """What an Event Grid subscription delivers to one URL."""

    def __init__(self):
        self.bodies = []
        self.changed = threading.Condition()

    def put(self, body, headers):
        with self.changed:
            self.bodies.append((body, headers))
            self.changed.notify_all()

    def take(self):
        with self.changed:
            if not self.changed.wait_for(lambda: self.bodies, PATIENCE):
                raise Failed("no IncomingCall was announced")
            return self.bodies.pop(0)


class Incoming:
    """A call that somebody makes to the application."""

    def __init__(self, caller, to, placed, announcements):
        self.caller = caller
        self.to = to
        self.placed = placed
        self.announcements = announcements

    def event(self):
        """The next announcement, read by the library for Event Grid."""
        body, headers = self.announcements.take()
        equal("aeg-event-type", headers.get("aeg-event-type"), "Notification")
        events = json.loads(body)
        equal("the number of events", len(events), 1)
        event = EventGridEvent.from_dict(events[0])
        equal("eventType", event.event_type, "Microsoft.Communication.IncomingCall")
        return event

    def context(self):
        return self.event().data["incomingCallContext"]


def claims(token):
    """What a callback's token says; whether it is signed is another matter."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
