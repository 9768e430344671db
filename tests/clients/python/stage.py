"""What every check stands on: the clients, the callback server, and the people in the calls."""

import itertools
import json
import random
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from azure.communication.callautomation import (
    CallAutomationClient,
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)
from azure.core.credentials import AccessToken
from azure.eventgrid import EventGridEvent

from expect import Failed, equal, refused, true
from wire import PATIENCE, Inbox, hold_answer

OWN_NUMBER = PhoneNumberIdentifier("+18005550100")
# What the simulator gives tokens for; it is run with `--client-secret test`.
SECRET = "test"
SPEAKING = "https://contoso-ai.cognitiveservices.azure.com/"


class Call:
    """A leg of the application: the library's client of it, and its events."""

    def __init__(self, client, properties, inbox):
        # What it has answered, if anything.
        self.incoming = None
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
        self.receivers = {}
        # Simulators remember people; another run begins elsewhere.
        self.numbers = itertools.count(random.randrange(2_000_000, 9_000_000))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def new_client(self, connection_string=None, **options):
        """The library drops the scheme of a connection string's endpoint: whatever it says, TLS is spoken."""
        text = connection_string or self.connection_string
        return CallAutomationClient.from_connection_string(text, raw_response_hook=hold_answer, **options)

    def client_of(self, credential):
        """A client with another credential than the key. The library sends tokens over TLS only."""
        endpoint = self.endpoint.replace("http://", "https://")
        return CallAutomationClient(endpoint, credential, raw_response_hook=hold_answer)

    def application(self):
        """An application of Microsoft Entra ID, known to the simulator by its secret."""
        return Application(f"{self.endpoint}/entra/contoso/oauth2/v2.0/token")

    def handler(self):
        stage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver = stage.receivers.get(self.path)
                answer = receiver.add(body.decode(), self.headers) if receiver else None
                content = json.dumps(answer).encode() if answer else b""
                self.send_response(200 if receiver else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler

    def phone(self):
        """A phone number that nobody had before."""
        return PhoneNumberIdentifier(f"+1425{next(self.numbers)}")

    def user(self):
        """A communication user that nobody was before."""
        return CommunicationUserIdentifier(f"8:acs:{uuid.uuid4()}_{uuid.uuid4()}")

    def context(self):
        return f"context-{next(self.numbers)}"

    def inbox(self):
        path = f"/callbacks/{uuid.uuid4()}"
        self.receivers[path] = Inbox(self.base + path)
        return self.receivers[path]

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
        incoming = self.receivers[path] = Incoming(caller or self.phone())
        body = {"from": incoming.caller.raw_id, "to": to.raw_id, "webhook": self.base + path, **options}
        incoming.id = self.control("POST", "calls", body)["id"]
        return incoming

    def inbound(self, **options):
        """A call that somebody made and that the application has answered."""
        incoming = self.incoming(**options)
        call = self.answer(incoming.context())
        call.incoming = incoming
        call.wait("CallConnected")
        call.roster(incoming.caller)
        return call, incoming.caller

    def answer(self, incoming_call_context, **options):
        options.setdefault("cognitive_services_endpoint", SPEAKING)
        inbox = self.inbox()
        return Call(self.client, self.client.answer_call(incoming_call_context, inbox.url, **options), inbox)


class Application:
    """What the library asks for tokens, in place of the one that insists on the real authority."""

    def __init__(self, url):
        self.url = url
        self.token = None
        self.asked = 0

    def get_token(self, *scopes, **_):
        if self.token is None:
            form = {
                "grant_type": "client_credentials",
                "client_id": "7b1c6d4e-5f60-4a2b-8c3d-9e0f1a2b3c4d",
                "client_secret": SECRET,
                "scope": " ".join(scopes),
            }
            answer = requests.post(self.url, data=form, timeout=PATIENCE)
            true(f"no token: {answer.status_code} {answer.text}", answer.ok)
            given = answer.json()
            self.token = AccessToken(given["access_token"], int(time.time()) + given["expires_in"])
            self.asked += 1
        return self.token


class Incoming:
    """A call that somebody makes to the application, as an Event Grid subscription delivers it."""

    def __init__(self, caller):
        self.caller = caller
        # Its id in the control API, once it is placed.
        self.id = None
        self.is_validated = False
        self.deliveries = []
        self.changed = threading.Condition()

    def add(self, body, headers):
        with self.changed:
            if headers.get("aeg-event-type") == "SubscriptionValidation":
                self.is_validated = True
                return {"validationResponse": EventGridEvent.from_dict(json.loads(body)[0]).data["validationCode"]}
            self.deliveries.append((body, headers))
            self.changed.notify_all()
            return None

    def event(self):
        """The next announcement, read by the library for Event Grid."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.deliveries, PATIENCE):
                raise Failed("no IncomingCall was announced")
            body, headers = self.deliveries.pop(0)
        true("the endpoint was not validated before the first event", self.is_validated)
        equal("aeg-event-type", headers.get("aeg-event-type"), "Notification")
        events = json.loads(body)
        equal("the number of events", len(events), 1)
        event = EventGridEvent.from_dict(events[0])
        equal("eventType", event.event_type, "Microsoft.Communication.IncomingCall")
        return event

    def context(self):
        return self.event().data["incomingCallContext"]
