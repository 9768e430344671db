// Transfers, of the one party of a call and of one of several.

import { getIdentifierRawId } from "@azure/communication-common";

import { OWN_NUMBER, equal, refused } from "../stage.mjs";

function involved(event) {
  return [event.transferTarget, event.transferee].map((identifier) => identifier.rawId);
}

export async function transferAccepted(stage) {
  for (const target of [stage.phone(), stage.user()]) {
    const { call, caller } = await stage.inbound();
    await stage.person(target, { answerAfter: "2s" });
    const operationContext = stage.context();
    const result = await call.connection.transferCallToParticipant(target, { operationContext });
    equal("the context in the answer", result.operationContext, operationContext);
    const accepted = await call.result("CallTransferAccepted", 200, 0, operationContext);
    equal("target and transferee", involved(accepted), [target, caller].map(getIdentifierRawId));
    await call.wait("CallDisconnected");
    await call.isGone();
  }
}

export async function transferWithAllOptions(stage) {
  const { call } = await stage.inbound();
  const target = await stage.person(stage.phone(), { application: true });
  await call.connection.transferCallToParticipant(target, {
    customCallingContext: [
      { kind: "sipuui", key: "", value: "ticket=42" },
      { kind: "sipx", key: "Case", value: "42" },
      { kind: "voip", key: "priority", value: "high" },
      { kind: "TeamsPhoneCallDetails", callTopic: "Refund" },
    ],
    sourceCallIdNumber: OWN_NUMBER,
    operationCallbackUrl: call.inbox.url,
  });
  equal("the state", await call.state(), "transferring");
}

export async function transferDeclined(stage) {
  const ways = [
    [{ decline: true }, 603, 560603],
    [{ busy: true }, 486, 560486],
    [{ noAnswer: true }, 480, 560480],
  ];
  for (const [behaviour, code, subCode] of ways) {
    const { call, caller } = await stage.inbound();
    const target = await stage.person(stage.phone(), behaviour);
    const operationContext = stage.context();
    await call.connection.transferCallToParticipant(target, { operationContext });
    await call.result("CallTransferFailed", code, subCode, operationContext);
    equal("the state", await call.state(), "connected");
    await call.connection.getParticipant(caller);
    await call.connection.hangUp(false);
    await call.result("CallDisconnected", 200, 7000);
  }
}

export async function transferOfOneInAGroup(stage) {
  const [stays, transferee, target] = [stage.phone(), stage.phone(), stage.phone()];
  const call = await stage.outbound([stays, transferee]);
  const operationContext = stage.context();
  await call.connection.transferCallToParticipant(target, { transferee, operationContext });
  const accepted = await call.result("CallTransferAccepted", 200, 0, operationContext);
  equal("target and transferee", involved(accepted), [target, transferee].map(getIdentifierRawId));
  await call.roster(stays);
  await call.inbox.staysWithout("CallDisconnected");
  equal("the state", await call.state(), "connected");
}

export async function transferDuringAnother(stage) {
  const { call } = await stage.inbound();
  const silent = await stage.person(stage.phone(), { noAnswer: true });
  await call.connection.transferCallToParticipant(silent);
  await refused(409, ["8607"], () => call.connection.transferCallToParticipant(stage.phone()));
  await call.wait("CallTransferFailed");
}

export async function transferWithACallbackOfItsOwn(stage) {
  const { call } = await stage.inbound();
  const elsewhere = stage.inbox();
  const target = await stage.person(stage.phone(), { decline: true });
  await call.connection.transferCallToParticipant(target, { operationCallbackUrl: elsewhere.url });
  await elsewhere.wait("CallTransferFailed");
  await call.inbox.staysWithout("CallTransferFailed");
}
