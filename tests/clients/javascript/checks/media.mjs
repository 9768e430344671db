// Prompts: what people hear, and how it is cancelled.

import { equal, refused } from "../stage.mjs";
import { FILE, SSML, TEXT } from "../prompts.mjs";

const LOCALE = { kind: "textSource", text: "Thanks for calling.", sourceLocale: "en-US", voiceKind: "female" };

async function heard(call, context) {
  await call.result("PlayStarted", 200, 0, context);
  await call.result("PlayCompleted", 200, 0, context);
}

export async function playToAll(stage) {
  const { call } = await stage.inbound();
  for (const sources of [[FILE], [TEXT], [LOCALE], [SSML], [FILE, TEXT, SSML]]) {
    const operationContext = stage.context();
    await call.media.playToAll(sources, { operationContext });
    await heard(call, operationContext);
  }
}

export async function playToSome(stage) {
  const people = [stage.phone(), stage.user(), stage.phone()];
  const call = await stage.outbound(people);
  for (const source of [FILE, TEXT, SSML]) {
    const operationContext = stage.context();
    await call.media.play([source], people.slice(0, 2), { operationContext });
    await heard(call, operationContext);
  }
}

export async function playInALoopUntilCancelled(stage) {
  const { call } = await stage.inbound();
  const operationContext = stage.context();
  await call.media.playToAll([TEXT], { loop: true, operationContext });
  await call.result("PlayStarted", 200, 0, operationContext);
  await call.inbox.staysWithout("PlayCompleted");
  await call.media.cancelAllOperations();
  await call.result("PlayCanceled", 400, 8508, operationContext);
  await call.inbox.staysWithout("PlayCompleted", "PlayCanceled", "PlayFailed");
}

export async function playThatInterrupts(stage) {
  const { call } = await stage.inbound();
  const [first, second] = [stage.context(), stage.context()];
  await call.media.playToAll([TEXT], { loop: true, operationContext: first });
  await call.wait("PlayStarted", first);
  await call.media.playToAll([FILE], { interruptCallMediaOperation: true, operationContext: second });
  await call.result("PlayCanceled", 400, 8508, first);
  await heard(call, second);
}

export async function playWithACallbackOfItsOwn(stage) {
  const { call } = await stage.inbound();
  const elsewhere = stage.inbox();
  await call.media.playToAll([TEXT], { operationCallbackUrl: elsewhere.url });
  await elsewhere.wait("PlayStarted");
  await elsewhere.wait("PlayCompleted");
  await call.inbox.staysWithout("PlayStarted", "PlayCompleted");
}

export async function playThatFails(stage) {
  const { call } = await stage.inbound();
  for (const [name, subCode] of [["missing.wav", 8536], ["welcome.mp3", 8535]]) {
    const operationContext = stage.context();
    const broken = { kind: "fileSource", url: `https://media.example.com/${name}` };
    await call.media.playToAll([FILE, broken], { operationContext });
    const failed = await call.result("PlayFailed", 400, subCode, operationContext);
    equal("the failed source", failed.failedPlaySourceIndex, 1);
  }
}

export async function playToSomeDuringAnother(stage) {
  const people = [stage.phone(), stage.phone()];
  const call = await stage.outbound(people);
  const operationContext = stage.context();
  await call.media.play([TEXT], people.slice(0, 1), { loop: true, operationContext });
  await call.wait("PlayStarted", operationContext);
  await refused(412, ["8583"], () => call.media.play([TEXT], people.slice(1)));
  await call.media.cancelAllOperations();
  await call.result("PlayCanceled", 400, 8508, operationContext);
}

export async function playTextWithoutSpeech(stage) {
  const call = await stage.outbound([stage.phone()], { callIntelligenceOptions: undefined });
  await refused(400, ["8567"], () => call.media.playToAll([TEXT]));
}
