// What every check stands on: the clients, the callback server, the people, and what is true of all events.

import { deepStrictEqual } from "node:assert";
import { randomInt, randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { CallAutomationClient, parseCallAutomationEvent } from "@azure/communication-call-automation";
import { getIdentifierRawId } from "@azure/communication-common";
import { RestError } from "@azure/core-rest-pipeline";
import { EventGridDeserializer } from "@azure/eventgrid";

// Milliseconds. Far more than anything takes, so that only what never comes fails.
const PATIENCE = 10_000;
// Milliseconds in which something that must not come would have come.
const QUIET = 300;

export const OWN_NUMBER = { phoneNumber: "+18005550100" };
// What the simulator gives tokens for; it is run with `--client-secret test`.
const SECRET = "test";
const SPEAKING = { cognitiveServicesEndpoint: "https://contoso-ai.cognitiveservices.azure.com/" };

/** A check found something else than it should. */
export class Failed extends Error {}

export function equal(what, actual, expected) {
  try {
    deepStrictEqual(actual, expected);
  } catch {
    throw new Failed(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
  }
}

export function isTrue(what, holds) {
  if (!holds) throw new Failed(what);
}

/** Runs an action which the service must refuse. */
export async function refused(status, codes, action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    equal("the status", error.statusCode, status);
    isTrue(`the code is ${error.code}, not one of ${codes}`, codes.includes(error.code));
    equal("the code in the details", error.details?.error?.code, error.code);
    isTrue("the error has no message", error.details.error.message);
    return;
  }
  throw new Failed(`it was not refused with ${status}/${codes.join("/")}`);
}

// What was sent, as method, path and status; and which kinds of event were heard and read.
export const sent = new Set();
export const heard = new Set();

const WATCHING = {
  name: "watching",
  async sendRequest(request, next) {
    const response = await next(request);
    sent.add(`${request.method} ${new URL(request.url).pathname} ${response.status}`);
    return response;
  },
};

/** Whom an event comes from: a leg, or a recording, whose connection is no leg's. */
function source({ kind, callConnectionId, serverCallId, recordingId }) {
  return kind === "RecordingStateChanged"
    ? `calling/recordings/${serverCallId}/${recordingId}/${kind}`
    : `calling/callConnections/${callConnectionId}`;
}

/** The events of one callback URL, each parsed and checked as it came. */
export class Inbox {
  constructor(url) {
    this.url = url;
    this.events = [];
    this.faults = [];
    this.seen = new Set();
    this.changed = new EventEmitter();
  }

  add(body, headers) {
    try {
      this.events.push(this.parse(body, headers));
    } catch (error) {
      this.faults.push(`${error.message} in ${body.slice(0, 400)}`);
    }
    this.changed.emit("change");
  }

  parse(body, headers) {
    const [scheme, token = ""] = (headers.authorization ?? "").split(" ");
    isTrue("the callback has no bearer token", scheme === "Bearer" && token.split(".").length === 3);
    const [envelope, ...more] = JSON.parse(body);
    equal("the events behind the first", more, []);
    isTrue("an event came twice", !this.seen.has(envelope.id));
    this.seen.add(envelope.id);
    const event = parseCallAutomationEvent(body);
    equal("type", envelope.type, `Microsoft.Communication.${event.kind}`);
    equal("source", envelope.source, source(event));
    equal("subject", envelope.subject, envelope.source);
    isTrue("the time cannot be read", !Number.isNaN(Date.parse(envelope.time)));
    for (const id of ["callConnectionId", "serverCallId", "correlationId"]) {
      isTrue(`an event has no ${id}`, typeof event[id] === "string" && event[id] !== "");
    }
    const { code, subCode, message } = event.resultInformation;
    equal("the types of the result", [typeof code, typeof subCode, typeof message], ["number", "number", "string"]);
    heard.add(event.kind);
    return event;
  }

  /** Takes the first event of that kind which matches; others stay. */
  async wait(kind, matches = () => true) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      if (this.faults.length > 0) throw new Failed(this.faults[0]);
      const at = this.events.findIndex((event) => event.kind === kind && matches(event));
      if (at >= 0) return this.events.splice(at, 1)[0];
      const left = deadline - Date.now();
      if (left <= 0) throw new Failed(`no ${kind} came that matches, only ${JSON.stringify(this.events)}`);
      const stop = new AbortController();
      await Promise.race([
        once(this.changed, "change", { signal: stop.signal }).catch(() => {}),
        sleep(left, undefined, { signal: stop.signal }).catch(() => {}),
      ]);
      stop.abort();
    }
  }

  /** Fails if one of these has come, or comes in the next moment. */
  async staysWithout(...kinds) {
    await sleep(QUIET);
    if (this.faults.length > 0) throw new Failed(this.faults[0]);
    const came = this.events.map((event) => event.kind).filter((kind) => kinds.includes(kind));
    isTrue(`${came} came, which should not`, came.length === 0);
  }
}

/** A leg of the application: the library's client of it, and its events. */
export class Call {
  constructor({ callConnection, callConnectionProperties }, inbox) {
    this.connection = callConnection;
    this.media = callConnection.getCallMedia();
    this.properties = callConnectionProperties;
    this.id = callConnectionProperties.callConnectionId;
    this.inbox = inbox;
  }

  /** The event of that kind; with a context, of that operation. */
  async wait(kind, context, matches = () => true) {
    const fits = (event) => (context === undefined || event.operationContext === context) && matches(event);
    const event = await this.inbox.wait(kind, fits);
    equal("callConnectionId", event.callConnectionId, this.id);
    return event;
  }

  /** The event of that kind, which must have that result. */
  async result(kind, code, subCode, context) {
    const event = await this.wait(kind, context);
    const { code: actualCode, subCode: actualSubCode } = event.resultInformation;
    equal(`the result of ${kind}`, [actualCode, actualSubCode], [code, subCode]);
    return event;
  }

  /** Waits until the roster shows exactly these beside the application. */
  async roster(...people) {
    const expected = people.map(getIdentifierRawId).sort();
    return this.wait("ParticipantsUpdated", undefined, (event) => {
      const ids = rawIds(event.participants);
      const known = ids.filter((id) => expected.includes(id)).sort();
      return known.join() === expected.join() && ids.length <= expected.length + 1;
    });
  }

  async state() {
    return (await this.connection.getCallConnectionProperties()).callConnectionState;
  }

  /** After its end the service knows the leg no more. */
  async isGone() {
    await refused(404, ["8522"], () => this.connection.getCallConnectionProperties());
  }
}

export function rawIds(participants) {
  return participants.map((participant) => getIdentifierRawId(participant.identifier));
}

/** Everything that a check needs. Each check has calls, people and URLs of its own. */
export class Stage {
  static async open(connectionString) {
    const stage = new Stage();
    stage.connectionString = connectionString;
    stage.endpoint = /endpoint=([^;]*?)\/?;/.exec(connectionString)[1];
    stage.client = stage.newClient();
    stage.receivers = new Map();
    // Simulators remember people; another run begins elsewhere.
    stage.counted = randomInt(2_000_000, 9_000_000);
    stage.server = createServer((request, response) => stage.receive(request, response));
    stage.server.listen(0, "127.0.0.1");
    await once(stage.server, "listening");
    stage.base = `http://127.0.0.1:${stage.server.address().port}`;
    return stage;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The library speaks to plain HTTP only when told to. */
  newClient(options = {}, connectionString = this.connectionString) {
    const additionalPolicies = [{ policy: WATCHING, position: "perRetry" }];
    return new CallAutomationClient(connectionString, {
      allowInsecureConnection: true,
      additionalPolicies,
      ...options,
    });
  }

  /** A client with another credential than the key. The library sends tokens over TLS only. */
  newClientWith(credential) {
    const additionalPolicies = [{ policy: WATCHING, position: "perRetry" }];
    return new CallAutomationClient(this.endpoint.replace("http://", "https://"), credential, { additionalPolicies });
  }

  /** What an application of Microsoft Entra ID is given for its secret. */
  async token(scopes) {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "7b1c6d4e-5f60-4a2b-8c3d-9e0f1a2b3c4d",
      client_secret: SECRET,
      scope: [scopes].flat().join(" "),
    });
    const response = await fetch(`${this.endpoint}/entra/contoso/oauth2/v2.0/token`, { method: "POST", body });
    const text = await response.text();
    isTrue(`no token: ${response.status} ${text}`, response.ok);
    return JSON.parse(text).access_token;
  }

  async receive(request, response) {
    const chunks = await request.toArray();
    const receiver = this.receivers.get(request.url);
    const answer = await receiver?.add(Buffer.concat(chunks).toString(), request.headers);
    response.writeHead(receiver ? 200 : 404, { "Content-Type": "application/json" });
    response.end(answer && JSON.stringify(answer));
  }

  /** A phone number that nobody had before. */
  phone() {
    return { phoneNumber: `+1425${++this.counted}` };
  }

  /** A communication user that nobody was before. */
  user() {
    return { communicationUserId: `8:acs:${randomUUID()}_${randomUUID()}` };
  }

  context() {
    return `context-${++this.counted}`;
  }

  inbox() {
    const path = `/callbacks/${randomUUID()}`;
    const inbox = new Inbox(this.base + path);
    this.receivers.set(path, inbox);
    return inbox;
  }

  /** A request to the simulator itself, not to the service that it plays. */
  async control(method, path, body) {
    const response = await fetch(`${this.endpoint}/sim/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    isTrue(`${method} /sim/${path}: ${response.status} ${text}`, response.ok);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Tells how somebody takes calls and what they do then. Without it they answer after a second. */
  async person(who, behaviour) {
    await this.control("PUT", `people/${encodeURIComponent(getIdentifierRawId(who))}`, behaviour);
    return who;
  }

  /** A call that was placed to these, and that somebody has answered. */
  async outbound(targets = [this.phone()], options = {}) {
    const call = await this.ringing(targets, options);
    await call.wait("CallConnected");
    await call.roster(...targets);
    return call;
  }

  /** A call that was placed to these. */
  async ringing(targets, options = {}) {
    const inbox = this.inbox();
    const { sourceCallIdNumber = OWN_NUMBER, sourceDisplayName, client = this.client, ...rest } = options;
    const all = { callIntelligenceOptions: SPEAKING, ...rest };
    if (targets.length === 1) {
      const invite = { targetParticipant: targets[0], sourceCallIdNumber, sourceDisplayName };
      return new Call(await client.createCall(invite, inbox.url, all), inbox);
    }
    const group = { ...all, sourceCallIdNumber, sourceDisplayName };
    return new Call(await client.createGroupCall(targets, inbox.url, group), inbox);
  }

  /** Somebody calls the application. */
  async incoming({ caller = this.phone(), to = OWN_NUMBER, ...options } = {}) {
    const path = `/eventgrid/${randomUUID()}`;
    const incoming = new Incoming(caller);
    this.receivers.set(path, incoming);
    const [from, called] = [caller, to].map(getIdentifierRawId);
    const placed = await this.control("POST", "calls", { from, to: called, webhook: this.base + path, ...options });
    incoming.id = placed.id;
    return incoming;
  }

  /** A call that somebody made and that the application has answered. */
  async inbound(options) {
    const incoming = await this.incoming(options);
    const call = await this.answer(await incoming.context());
    await call.wait("CallConnected");
    await call.roster(incoming.caller);
    return { call, caller: incoming.caller, incoming };
  }

  async answer(incomingCallContext, { client = this.client, ...options } = {}) {
    const inbox = this.inbox();
    const all = { callIntelligenceOptions: SPEAKING, ...options };
    return new Call(await client.answerCall(incomingCallContext, inbox.url, all), inbox);
  }

  async connect(locator, options = {}) {
    const inbox = this.inbox();
    return new Call(await this.client.connectCall(locator, inbox.url, options), inbox);
  }
}

/** A call that somebody makes to the application, as an Event Grid subscription delivers it. */
class Incoming {
  constructor(caller) {
    this.caller = caller;
    this.isValidated = false;
    this.deliveries = [];
    this.changed = new EventEmitter();
  }

  async add(body, headers) {
    if (headers["aeg-event-type"] === "SubscriptionValidation") {
      this.isValidated = true;
      const [event] = await new EventGridDeserializer().deserializeEventGridEvents(body);
      return { validationResponse: event.data.validationCode };
    }
    this.deliveries.push({ body, headers });
    this.changed.emit("change");
    return undefined;
  }

  /** The next announcement, read by the library for Event Grid. */
  async event() {
    if (this.deliveries.length === 0) {
      await once(this.changed, "change", { signal: AbortSignal.timeout(PATIENCE) }).catch(() => {
        throw new Failed("no IncomingCall was announced");
      });
    }
    const { body, headers } = this.deliveries.shift();
    isTrue("the endpoint was not validated before the first event", this.isValidated);
    equal("aeg-event-type", headers["aeg-event-type"], "Notification");
    const [event, ...more] = await new EventGridDeserializer().deserializeEventGridEvents(body);
    equal("the events behind the first", more, []);
    equal("eventType", event.eventType, "Microsoft.Communication.IncomingCall");
    return event;
  }

  async context() {
    return (await this.event()).data.incomingCallContext;
  }
}
