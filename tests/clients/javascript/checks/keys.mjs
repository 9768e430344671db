// Keys: sent to somebody, and reported one by one.

import { equal, refused } from "../stage.mjs";

export async function sendKeys(stage) {
  const target = stage.phone();
  const call = await stage.outbound([target]);
  const operationContext = stage.context();
  const result = await call.media.sendDtmfTones(["one", "pound"], target, { operationContext });
  equal("the context in the answer", result.operationContext, operationContext);
  await call.result("SendDtmfTonesCompleted", 200, 0, operationContext);
}

export async function sendKeysThatCannotBeSent(stage) {
  const [phone, user] = [stage.phone(), stage.user()];
  const call = await stage.outbound([phone, user]);
  await refused(400, ["8523"], () => call.media.sendDtmfTones([], phone));
  await refused(400, ["8523"], () => call.media.sendDtmfTones(["one"], user));
  await refused(400, ["8523"], () => call.media.sendDtmfTones(["one"], stage.phone()));
}

export async function keysReportedOneByOne(stage) {
  const { call, caller, incoming } = await stage.inbound();
  const [starting, stopping] = [stage.context(), stage.context()];
  await call.media.startContinuousDtmfRecognition(caller, { operationContext: starting });
  await stage.control("POST", `calls/${incoming.id}/press`, { keys: "1#" });
  for (const [sequenceId, tone] of [[1, "one"], [2, "pound"]]) {
    const received = await call.result("ContinuousDtmfRecognitionToneReceived", 200, 0, starting);
    equal("the number and the key", [received.sequenceId, received.tone], [sequenceId, tone]);
  }
  await call.media.stopContinuousDtmfRecognition(caller, { operationContext: stopping });
  await call.result("ContinuousDtmfRecognitionStopped", 200, 0, stopping);
}
