// Calls: how they begin and how they end.

import { randomInt, randomUUID } from "node:crypto";

import { getIdentifierRawId } from "@azure/communication-common";

import { OWN_NUMBER, equal, isTrue, refused } from "../stage.mjs";

export async function createCallToAPhone(stage) {
  const target = await stage.person(stage.phone(), { answerAfter: "1s" });
  const context = stage.context();
  const call = await stage.ringing([target], { operationContext: context, sourceDisplayName: "Contoso" });
  const { properties } = call;
  equal("the state", properties.callConnectionState, "connecting");
  equal("the server call id before the call is up", properties.serverCallId, undefined);
  equal("the targets", properties.targetParticipants.map(getIdentifierRawId), [getIdentifierRawId(target)]);
  equal("the caller ID", properties.sourceCallerIdNumber, OWN_NUMBER);
  equal("the display name", properties.sourceDisplayName, "Contoso");
  equal("the callback", properties.callbackUri, call.inbox.url);
  isTrue("there is no source", properties.source.communicationUserId.startsWith("8:acs:"));

  const connected = await call.result("CallConnected", 200, 0, context);
  equal("the event's correlation id", connected.correlationId, properties.correlationId);
  await call.roster(target);
  const now = await call.connection.getCallConnectionProperties();
  equal("the state", now.callConnectionState, "connected");
  equal("the server call id", now.serverCallId, connected.serverCallId);
  equal("the call connection id", now.callConnectionId, call.id);
}

export async function createCallToAUser(stage) {
  const target = await stage.person(stage.user(), { answerAfter: "1s" });
  const inbox = stage.inbox();
  const { callConnectionProperties } = await stage.client.createCall({ targetParticipant: target }, inbox.url);
  equal("the targets", callConnectionProperties.targetParticipants, [target]);
  equal("the caller ID", callConnectionProperties.sourceCallerIdNumber, undefined);
  const connected = await inbox.wait("CallConnected");
  equal("the context that was not given", connected.operationContext, undefined);
}

export async function createCallAsAUser(stage) {
  const sourceIdentity = stage.user();
  const call = await stage.ringing([stage.phone()], { client: stage.newClient({ sourceIdentity }) });
  equal("the source", call.properties.source, sourceIdentity);
  await call.wait("CallConnected");
}

export async function createCallToAGroup(stage) {
  const first = await stage.person(stage.phone(), { answerAfter: "1s" });
  const second = await stage.person(stage.user(), { answerAfter: "3s" });
  const never = await stage.person(stage.phone(), { decline: true });
  const call = await stage.ringing([first, second, never]);
  equal("the number of targets", call.properties.targetParticipants.length, 3);
  await call.result("CallConnected", 200, 0);
  await call.roster(first, second);
  await call.inbox.staysWithout("CallConnected", "CreateCallFailed", "CallDisconnected");
}

export async function createCallOverTls(stage) {
  const connectionString = stage.connectionString.replace("endpoint=http://", "endpoint=https://");
  const client = stage.newClient({ allowInsecureConnection: false }, connectionString);
  const call = await stage.ringing([stage.phone()], { client });
  await call.wait("CallConnected");
  await call.connection.hangUp(false);
  await call.wait("CallDisconnected");
}

export async function createCallWithAToken(stage) {
  let asked = 0;
  const getToken = async (scopes) => {
    asked++;
    return { token: await stage.token(scopes), expiresOnTimestamp: Date.now() + 3_600_000 };
  };
  const client = stage.newClientWith({ getToken });
  const call = await stage.ringing([stage.phone()], { client });
  await call.wait("CallConnected");
  await call.connection.hangUp(true);
  await call.wait("CallDisconnected");
  isTrue("no token was asked for", asked > 0);
}

export async function createCallWithATokenOfSomebodyElse(stage) {
  const getToken = async () => ({ token: "somebody.else", expiresOnTimestamp: Date.now() + 3_600_000 });
  const client = stage.newClientWith({ getToken });
  const invite = { targetParticipant: stage.user() };
  await refused(401, ["7501"], () => client.createCall(invite, stage.inbox().url));
}

export async function createCallThatNobodyTakes(stage) {
  const ways = [
    [{ decline: true }, 603, 560603],
    [{ busy: true }, 486, 560486],
    [{ noAnswer: true }, 480, 560480],
    [{ unknown: true }, 404, 560404],
    [{ unavailable: true }, 503, 560503],
  ];
  for (const [behaviour, code, subCode] of ways) {
    const context = stage.context();
    const target = await stage.person(stage.phone(), behaviour);
    const call = await stage.ringing([target], { operationContext: context });
    const failed = await call.result("CreateCallFailed", code, subCode, context);
    equal("the SIP status", failed.resultInformation.sipDetails.code, code);
    await call.wait("CallDisconnected", context);
    await call.isGone();
  }
}

export async function answerCall(stage) {
  const incoming = await stage.incoming({ callerDisplayName: "Ada" });
  const { data, subject } = await incoming.event();
  const [from, to] = [incoming.caller, OWN_NUMBER].map(getIdentifierRawId);
  equal("the subject", subject, `/caller/${from}/recipient/${to}`);
  equal("the caller", data.from.rawId, from);
  equal("the called", data.to.phoneNumber.value, OWN_NUMBER.phoneNumber);
  equal("the caller's name", data.callerDisplayName, "Ada");

  const context = stage.context();
  const call = await stage.answer(data.incomingCallContext, { operationContext: context });
  const { properties } = call;
  equal("the state", properties.callConnectionState, "unknown");
  equal("the server call id", properties.serverCallId, data.serverCallId);
  equal("the correlation id", properties.correlationId, data.correlationId);
  equal("the source", getIdentifierRawId(properties.source), from);
  equal("whom it was for", properties.answeredFor, OWN_NUMBER);
  equal("who answered", properties.answeredby, undefined);
  const connected = await call.result("CallConnected", 200, 0, context);
  equal("the server call id", connected.serverCallId, properties.serverCallId);
  await call.roster(incoming.caller);
  equal("the state", await call.state(), "connected");
}

export async function answerCallAsAUser(stage) {
  const sourceIdentity = stage.user();
  const incoming = await stage.incoming();
  const client = stage.newClient({ sourceIdentity });
  const call = await stage.answer(await incoming.context(), { client });
  equal("who answered", call.properties.answeredby, sourceIdentity);
  await call.wait("CallConnected");
  await call.roster(incoming.caller, sourceIdentity);
}

export async function answerCallTooLate(stage) {
  const operationContext = stage.context();
  const incoming = await stage.incoming({ answerFails: true });
  const call = await stage.answer(await incoming.context(), { operationContext });
  await call.result("AnswerFailed", 400, 8587, operationContext);
  await refused(404, ["8522"], () => call.connection.getCallConnectionProperties());
}

export async function answerCallOnceOnly(stage) {
  const context = await (await stage.incoming()).context();
  const call = await stage.answer(context);
  await call.wait("CallConnected");
  await refused(404, ["8522"], () => stage.answer(context));
}

export async function rejectCall(stage) {
  for (const callRejectReason of [undefined, "none", "busy", "forbidden"]) {
    const context = await (await stage.incoming()).context();
    await stage.client.rejectCall(context, { callRejectReason });
    await refused(404, ["8522"], () => stage.client.rejectCall(context));
  }
}

export async function redirectCall(stage) {
  for (const targetParticipant of [stage.phone(), stage.user()]) {
    const context = await (await stage.incoming()).context();
    await stage.client.redirectCall(context, { targetParticipant });
    await refused(404, ["8522"], () => stage.answer(context));
  }
}

export async function redirectCallToAnOwnNumber(stage) {
  const own = stage.phone();
  const incoming = await stage.incoming({ people: { [getIdentifierRawId(own)]: { application: true } } });
  await stage.client.redirectCall(await incoming.context(), { targetParticipant: own });
  const { data } = await incoming.event();
  equal("the called", data.to.rawId, getIdentifierRawId(own));
  const call = await stage.answer(data.incomingCallContext);
  await call.wait("CallConnected");
}

export async function connectCallToAServerCall(stage) {
  const { call, caller } = await stage.inbound();
  const { serverCallId, correlationId } = call.properties;
  const context = stage.context();
  const other = await stage.connect({ kind: "serverCallLocator", id: serverCallId }, { operationContext: context });
  isTrue("both legs have one id", other.id !== call.id);
  const connected = await other.result("CallConnected", 200, 0, context);
  equal("the ids of the call", [connected.serverCallId, connected.correlationId], [serverCallId, correlationId]);
  await other.wait("ParticipantsUpdated", undefined, (event) => event.participants.length >= 2);
  const participant = await other.connection.getParticipant(caller);
  equal("who is there", getIdentifierRawId(participant.identifier), getIdentifierRawId(caller));
}

export async function connectCallToAGroup(stage) {
  const groupCallId = randomUUID();
  const people = [stage.user(), stage.user()];
  for (const person of people) {
    await stage.control("POST", "calls", { from: getIdentifierRawId(person), groupCallId });
  }
  const call = await stage.connect({ kind: "groupCallLocator", id: groupCallId });
  await call.result("CallConnected", 200, 0);
  await call.roster(...people);
}

export async function connectCallToARoom(stage) {
  const roomId = String(randomInt(1e14));
  const person = stage.user();
  await stage.control("POST", "calls", { from: getIdentifierRawId(person), roomId });
  const call = await stage.connect({ kind: "roomCallLocator", id: roomId });
  await call.result("CallConnected", 200, 0);
  await call.roster(person);
}

export async function connectCallToNoCall(stage) {
  const context = stage.context();
  const call = await stage.connect({ kind: "groupCallLocator", id: randomUUID() }, { operationContext: context });
  await call.result("ConnectFailed", 404, 8522, context);
  await call.isGone();
}

export async function hangUpACallOfTwo(stage) {
  const context = stage.context();
  const call = await stage.outbound([stage.phone()], { operationContext: context });
  await call.connection.hangUp(false);
  await call.result("CallDisconnected", 200, 7000, context);
  await call.isGone();
}

export async function hangUpBeforeAnybodyAnswered(stage) {
  const call = await stage.ringing([await stage.person(stage.phone(), { noAnswer: true })]);
  await call.connection.hangUp(false);
  await call.wait("CallDisconnected");
  await call.isGone();
}

/** A call of two people, with two legs. */
async function twoApplications(stage) {
  const people = [stage.phone(), stage.phone()];
  const call = await stage.outbound(people);
  const { serverCallId } = await call.connection.getCallConnectionProperties();
  const other = await stage.connect({ kind: "serverCallLocator", id: serverCallId });
  await other.wait("CallConnected");
  return { call, other, people };
}

export async function hangUpAGroupForOneself(stage) {
  const { call, other, people } = await twoApplications(stage);
  await call.connection.hangUp(false);
  await call.result("CallDisconnected", 200, 7000);
  await call.isGone();
  await other.roster(...people);
  equal("the state", await other.state(), "connected");
}

export async function hangUpAGroupForEveryone(stage) {
  const { call, other } = await twoApplications(stage);
  await call.connection.hangUp(true);
  await call.result("CallDisconnected", 200, 7000);
  await other.result("CallDisconnected", 200, 5001);
  await call.isGone();
  await other.isGone();
}

export async function theOtherPartyHangsUp(stage) {
  const { call } = await stage.inbound({ script: { hangupAfter: "2s" } });
  await call.result("CallDisconnected", 200, 540000);
  await call.isGone();
}
