"""What came over the wire: parsed by the library, and held against the library's own description of it."""

import base64
import json
import re
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlparse

# The library publishes no parser of events; these are its own classes of them.
from azure.communication.callautomation._generated import models
from azure.core.messaging import CloudEvent

from expect import Failed, equal, true

# Seconds. Far more than anything takes, so that only what never comes fails.
PATIENCE = 10
# Seconds in which something that must not come would have come.
QUIET = 0.3
# What was sent, as method, path and status; and which kinds of event were heard and read.
SENT = set()
HEARD = set()
UNDOCUMENTED = {"version", "publicEventType", "eventSource"}


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
            except Exception as error:
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
            model = description(kind)
            conforms(kind, cloud.data, model, UNDOCUMENTED)
            data = model.deserialize(cloud.data)
            equal("specversion", cloud.specversion, "1.0")
            equal("datacontenttype", cloud.datacontenttype, "application/json")
            equal("source", cloud.source, source(kind, data))
            equal("subject", cloud.subject, cloud.source)
            true("an event has no time", cloud.time is not None and cloud.time.tzinfo is not None)
            true("an event lacks an id", data.call_connection_id and data.server_call_id and data.correlation_id)
            HEARD.add(kind)
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


def source(kind, data):
    """Whom an event comes from: a leg, or a recording, whose connection is no leg's."""
    if kind == "RecordingStateChanged":
        return f"calling/recordings/{data.server_call_id}/{data.recording_id}/{kind}"
    return f"calling/callConnections/{data.call_connection_id}"


TYPES = {"str": str, "int": int, "bool": bool, "float": (int, float), "iso-8601": str}


def description(name):
    """The library's class of that name; some are not exported."""
    return getattr(models, name, None) or getattr(models._models, name, None)


def conforms(at, value, model, ignored=frozenset()):
    """Holds JSON against the library's own description of it, which is stricter than its reading."""
    attributes = {attribute["key"]: attribute["type"] for attribute in model._attribute_map.values()}
    for name, attribute in model._attribute_map.items():
        is_required = model._validation.get(name, {}).get("required", False)
        true(f"{at} lacks {attribute['key']}", attribute["key"] in value or not is_required)
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
    elif hasattr(description(type_name), "_attribute_map"):
        true(f"{at} is no object", isinstance(value, dict))
        conforms(at, value, description(type_name))
    elif type_name in TYPES:
        right = isinstance(value, TYPES[type_name]) and isinstance(value, bool) == (type_name == "bool")
        true(f"{at} is {value!r}, which is no {type_name}", right)
    else:  # an enumeration
        known = [member.value for member in description(type_name)]
        true(f"{at} is {value!r}, which is none of {known}", value in known)


# The class of an answer, by the end of the path; first match.
ANSWERS = [
    (r":transferToParticipant", "TransferCallResponse"),
    (r"/participants:add", "AddParticipantResponse"),
    (r"/participants:remove", "RemoveParticipantResponse"),
    (r"/participants:cancelAddParticipant", "CancelAddParticipantResponse"),
    (r"/participants:moveHere", "MoveParticipantsResponse"),
    (r"/participants:mute", "MuteParticipantsResult"),
    (r":sendDtmfTones", "SendDtmfTonesResult"),
    (r"/calling/recordings(/[^/:]+)?", "RecordingStateResponse"),
    (r"/participants", "GetParticipantsResponse"),
    (r"/participants/[^/]+", "CallParticipant"),
    (r"/calling/callConnections(:answer|:connect|/[^/:]+)?", "CallConnectionProperties"),
]


def hold_answer(response):
    """Holds each answer that has a body against the library's description of it."""
    answer = response.http_response
    path = urlparse(answer.request.url).path
    SENT.add(f"{answer.request.method} {path} {answer.status_code}")
    text = answer.text()
    if not text:
        return
    equal("the content type", answer.headers.get("Content-Type"), "application/json; charset=utf-8")
    names = [name for pattern, name in ANSWERS if re.search(f"{pattern}$", path)]
    name = names[0] if answer.status_code < 400 else "CommunicationErrorResponse"
    conforms(name, json.loads(text), description(name))


def claims(token):
    """What a callback's token says; whether it is signed is another matter."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
