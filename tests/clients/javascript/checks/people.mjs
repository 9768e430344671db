// The people in a call: adding, withdrawing, removing, muting, holding, moving and listing them.

import { randomUUID } from "node:crypto";

import { getIdentifierRawId } from "@azure/communication-common";

import { FILE, TEXT } from "../prompts.mjs";
import { OWN_NUMBER, equal, isTrue, rawIds, refused } from "../stage.mjs";

function invite(targetParticipant) {
  return { targetParticipant, sourceCallIdNumber: OWN_NUMBER };
}

export async function addParticipantWhoAnswers(stage) {
  const call = await stage.outbound();
  for (const invited of [stage.phone(), stage.user()]) {
    await stage.person(invited, { answerAfter: "1s" });
    const rawId = getIdentifierRawId(invited);
    const operationContext = stage.context();
    const result = await call.connection.addParticipant(
      {
        ...invite(invited),
        sourceDisplayName: "Contoso",
        customCallingContext: [
          { kind: "sipuui", key: "", value: "ticket=42" },
          { kind: "sipx", key: "Case", value: "42" },
          { kind: "voip", key: "priority", value: "high" },
        ],
      },
      { operationContext, invitationTimeoutInSeconds: 30 },
    );
    equal("the invited one", getIdentifierRawId(result.participant.identifier), rawId);
    equal("the context in the answer", result.operationContext, operationContext);
    isTrue("there is no invitation id", result.invitationId);
    const succeeded = await call.result("AddParticipantSucceeded", 200, 0, operationContext);
    equal("who joined", getIdentifierRawId(succeeded.participant), rawId);
    await call.wait("ParticipantsUpdated", undefined, (event) => rawIds(event.participants).includes(rawId));
  }
}

export async function addParticipantWhoDoesNotCome(stage) {
  const ways = [
    [{ decline: true }, 603, 560603],
    [{ busy: true }, 486, 560486],
    [{ noAnswer: true }, 480, 560480],
  ];
  const call = await stage.outbound();
  for (const [behaviour, code, subCode] of ways) {
    const invited = await stage.person(stage.phone(), behaviour);
    const options = { operationContext: stage.context(), invitationTimeoutInSeconds: 10 };
    await call.connection.addParticipant(invite(invited), options);
    const failed = await call.result("AddParticipantFailed", code, subCode, options.operationContext);
    equal("who did not come", getIdentifierRawId(failed.participant), getIdentifierRawId(invited));
  }
  await call.inbox.staysWithout("AddParticipantSucceeded");
}

export async function addParticipantWithACallbackOfItsOwn(stage) {
  const call = await stage.outbound();
  const elsewhere = stage.inbox();
  await call.connection.addParticipant(invite(stage.phone()), { operationCallbackUrl: elsewhere.url });
  await elsewhere.wait("AddParticipantSucceeded");
  await call.inbox.staysWithout("AddParticipantSucceeded");
}

export async function cancelAddParticipantOperation(stage) {
  const call = await stage.outbound();
  const invited = await stage.person(stage.phone(), { noAnswer: true });
  const { invitationId } = await call.connection.addParticipant(invite(invited), { invitationTimeoutInSeconds: 180 });
  const operationContext = stage.context();
  const result = await call.connection.cancelAddParticipantOperation(invitationId, { operationContext });
  equal("the invitation in the answer", result.invitationId, invitationId);
  equal("the context in the answer", result.operationContext, operationContext);
  const succeeded = await call.wait("CancelAddParticipantSucceeded", operationContext);
  equal("the invitation", succeeded.invitationId, invitationId);
  await call.inbox.staysWithout("AddParticipantFailed", "CancelAddParticipantFailed");
}

export async function cancelAnInvitationThatDoesNotExist(stage) {
  const call = await stage.outbound();
  const invitationId = randomUUID();
  const { operationContext } = await call.connection.cancelAddParticipantOperation(invitationId);
  isTrue("the context that the library made is not in the answer", operationContext);
  const failed = await call.result("CancelAddParticipantFailed", 404, 8543, operationContext);
  equal("the invitation", failed.invitationId, invitationId);
}

export async function removeParticipant(stage) {
  const [stays, goes] = [stage.phone(), stage.user()];
  const call = await stage.outbound([stays, goes]);
  const operationContext = stage.context();
  const result = await call.connection.removeParticipant(goes, { operationContext });
  equal("the context in the answer", result.operationContext, operationContext);
  const succeeded = await call.result("RemoveParticipantSucceeded", 200, 0, operationContext);
  equal("who was removed", succeeded.participant, goes);
  await call.roster(stays);
  await call.inbox.staysWithout("CallDisconnected");
}

export async function removeTheOtherParty(stage) {
  const callee = stage.phone();
  const call = await stage.outbound([callee]);
  await call.connection.removeParticipant(callee);
  await call.wait("RemoveParticipantSucceeded");
  await call.wait("CallDisconnected");
  await call.isGone();
}

export async function removeSomebodyWhoIsNotThere(stage) {
  const call = await stage.outbound();
  const nobody = stage.phone();
  const { operationContext } = await call.connection.removeParticipant(nobody);
  const failed = await call.wait("RemoveParticipantFailed", operationContext);
  equal("who was not removed", getIdentifierRawId(failed.participant), getIdentifierRawId(nobody));
}

export async function listParticipants(stage) {
  const people = [stage.phone(), stage.user(), stage.phone(), stage.user(), stage.phone()];
  const call = await stage.outbound(people);
  const { values } = await call.connection.listParticipants();
  const ids = rawIds(values);
  const times = people.map((person) => ids.filter((id) => id === getIdentifierRawId(person)).length);
  equal("how often each is there", times, [1, 1, 1, 1, 1]);
  isTrue("an application is there more than once", ids.length <= people.length + 1);
  for (const { isMuted, isOnHold } of values) {
    equal("muted and on hold", [isMuted, isOnHold], [false, false]);
  }
}

export async function listParticipantsOnSeveralPages(stage) {
  const people = Array.from({ length: 105 }, () => stage.phone());
  const call = await stage.outbound(people);
  const { values } = await call.connection.listParticipants();
  const ids = new Set(rawIds(values));
  isTrue("somebody is missing", people.map(getIdentifierRawId).every((id) => ids.has(id)));
  equal("how many are listed more than once", values.length - ids.size, 0);
}

export async function getParticipant(stage) {
  const people = [stage.phone(), stage.user()];
  const call = await stage.outbound(people);
  for (const person of people) {
    const { identifier, isMuted, isOnHold } = await call.connection.getParticipant(person);
    equal("the participant", getIdentifierRawId(identifier), getIdentifierRawId(person));
    equal("muted and on hold", [isMuted, isOnHold], [false, false]);
  }
  await refused(404, ["8522"], () => call.connection.getParticipant(stage.phone()));
}

/** Whether the roster shows somebody so. */
function isSo(event, person, flags) {
  const shown = event.participants.find(({ identifier }) => getIdentifierRawId(identifier) === getIdentifierRawId(person));
  return shown !== undefined && Object.entries(flags).every(([flag, value]) => shown[flag] === value);
}

export async function muteParticipant(stage) {
  const [phone, user] = [stage.phone(), stage.user()];
  const call = await stage.outbound([phone, user]);
  const operationContext = stage.context();
  const result = await call.connection.muteParticipant(user, { operationContext });
  equal("the context in the answer", result.operationContext, operationContext);
  await call.wait("ParticipantsUpdated", undefined, (event) => isSo(event, user, { isMuted: true }));
  equal("muted", (await call.connection.getParticipant(user)).isMuted, true);
  await refused(400, ["8523"], () => call.connection.muteParticipant(phone));
}

export async function holdAndUnhold(stage) {
  const person = stage.phone();
  const call = await stage.outbound([person]);
  for (const playSource of [undefined, FILE, TEXT]) {
    await call.media.hold(person, { playSource, operationContext: stage.context() });
    await call.wait("ParticipantsUpdated", undefined, (event) => isSo(event, person, { isOnHold: true }));
    await call.media.unhold(person, { operationContext: stage.context() });
    await call.wait("ParticipantsUpdated", undefined, (event) => isSo(event, person, { isOnHold: false }));
  }
  await refused(400, ["8523"], () => call.media.hold(stage.phone()));
  await refused(400, ["8523"], () => call.media.unhold(stage.phone()));
}

export async function holdWithMusicThatCannotBePlayed(stage) {
  const person = stage.phone();
  const call = await stage.outbound([person]);
  const operationContext = stage.context();
  const playSource = { kind: "fileSource", url: "https://media.example.com/music.mp3" };
  await call.media.hold(person, { playSource, operationContext });
  await call.result("HoldFailed", 400, 8535, operationContext);
}

export async function moveParticipants(stage) {
  const [goes, nobody] = [stage.phone(), stage.phone()];
  const source = await stage.outbound([goes, stage.phone()]);
  const target = await stage.outbound();
  const operationContext = stage.context();
  const result = await target.connection.moveParticipants([goes, nobody], source.id, { operationContext });
  equal("the context in the answer", result.operationContext, operationContext);
  const succeeded = await target.result("MoveParticipantSucceeded", 200, 0, operationContext);
  equal("who was moved", getIdentifierRawId(succeeded.participant), getIdentifierRawId(goes));
  const failed = await target.result("MoveParticipantFailed", 404, 8522, operationContext);
  equal("who was not moved", getIdentifierRawId(failed.participant), getIdentifierRawId(nobody));
}

export async function moveFromACallThatDoesNotExist(stage) {
  const call = await stage.outbound();
  await refused(404, ["8522"], () => call.connection.moveParticipants([stage.phone()], randomUUID()));
  await refused(400, ["8523"], () => call.connection.moveParticipants([stage.phone()], call.id));
}
