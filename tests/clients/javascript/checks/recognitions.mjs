// Recognitions: keys, choices and speech.

import { equal, refused } from "../stage.mjs";
import { FILE, SSML, TEXT } from "../prompts.mjs";

const KEYS = { kind: "callMediaRecognizeDtmfOptions" };
const CHOICES = {
  kind: "callMediaRecognizeChoiceOptions",
  choices: [
    { label: "sales", phrases: ["sales", "buy"], tone: "one" },
    { label: "help", phrases: ["help", "support"], tone: "two" },
  ],
};

/** Asks somebody with such a script. */
async function recognize(stage, script, options) {
  const { call, caller } = await stage.inbound({ script });
  const operationContext = stage.context();
  await call.media.startRecognizing(caller, { ...options, operationContext });
  return { call, operationContext };
}

async function tones(stage, script, subCode, expected, options) {
  const { call, operationContext } = await recognize(stage, script, { ...KEYS, ...options });
  const completed = await call.result("RecognizeCompleted", 200, subCode, operationContext);
  equal("the kind of result", completed.recognitionType, "dtmf");
  equal("the tones", completed.dtmfResult.tones, expected);
}

export async function recognizeKeysUpToANumber(stage) {
  for (const prompt of [{}, { playPrompt: TEXT }, { playPrompt: FILE }, { playPrompts: [TEXT, SSML] }]) {
    await tones(stage, { press: ["12"] }, 8531, ["one", "two"], { maxTonesToCollect: 2, ...prompt });
  }
}

export async function recognizeKeysUpToAStopTone(stage) {
  await tones(stage, { press: ["4*#"] }, 8514, ["four", "asterisk", "pound"], {
    maxTonesToCollect: 8,
    stopDtmfTones: ["pound"],
    interToneTimeoutInSeconds: 3,
    initialSilenceTimeoutInSeconds: 8,
    interruptPrompt: true,
    playPrompt: TEXT,
  });
}

export async function recognizeKeysInAGroup(stage) {
  const asked = await stage.person(stage.phone(), { answerAfter: "1s", press: ["7"] });
  const call = await stage.outbound([asked, stage.phone()]);
  const operationContext = stage.context();
  await call.media.startRecognizing(asked, { ...KEYS, maxTonesToCollect: 1, operationContext });
  const completed = await call.result("RecognizeCompleted", 200, 8531, operationContext);
  equal("the tones", completed.dtmfResult.tones, ["seven"]);
}

export async function recognizeKeysThatDoNotCome(stage) {
  const { call, operationContext } = await recognize(stage, {}, { ...KEYS, maxTonesToCollect: 1 });
  await call.result("RecognizeFailed", 400, 8510, operationContext);
}

export async function recognizeTooFewKeys(stage) {
  const { call, operationContext } = await recognize(stage, { press: ["1"] }, { ...KEYS, maxTonesToCollect: 4 });
  await call.result("RecognizeFailed", 400, 8532, operationContext);
}

async function chosen(stage, script, subCode, expected) {
  const options = { ...CHOICES, playPrompt: TEXT, speechLanguage: "en-US" };
  const { call, operationContext } = await recognize(stage, script, options);
  const completed = await call.result("RecognizeCompleted", 200, subCode, operationContext);
  equal("the kind of result", completed.recognitionType, "choices");
  const { label, recognizedPhrase } = completed.choiceResult;
  equal("label and phrase", [label, recognizedPhrase], expected);
}

export async function recognizeAChoiceByKey(stage) {
  await chosen(stage, { press: ["2"] }, 8533, ["help", undefined]);
}

export async function recognizeAChoiceBySpeech(stage) {
  await chosen(stage, { say: ["buy"] }, 8545, ["sales", "buy"]);
}

export async function recognizeNoChoice(stage) {
  for (const [script, subCode] of [[{ press: ["9"] }, 8534], [{ say: ["no idea"] }, 8547], [{}, 8510]]) {
    const { call, operationContext } = await recognize(stage, script, CHOICES);
    await call.result("RecognizeFailed", 400, subCode, operationContext);
  }
}

export async function recognizeSpeech(stage) {
  const options = { kind: "callMediaRecognizeSpeechOptions", endSilenceTimeoutInSeconds: 1, playPrompt: TEXT };
  const { call, operationContext } = await recognize(stage, { say: ["change my booking"] }, options);
  const completed = await call.wait("RecognizeCompleted", operationContext);
  equal("the kind of result", completed.recognitionType, "speech");
  equal("the speech", completed.speechResult.speech, "change my booking");
}

export async function recognizeSpeechOrKeys(stage) {
  const options = { kind: "callMediaRecognizeSpeechOrDtmfOptions", maxTonesToCollect: 1 };
  const byKey = await recognize(stage, { press: ["5"] }, options);
  const pressed = await byKey.call.wait("RecognizeCompleted", byKey.operationContext);
  equal("the tones", pressed.dtmfResult.tones, ["five"]);
  const bySpeech = await recognize(stage, { say: ["five"] }, options);
  const spoken = await bySpeech.call.wait("RecognizeCompleted", bySpeech.operationContext);
  equal("the speech", spoken.speechResult.speech, "five");
}

export async function recognizeUntilCancelled(stage) {
  const options = { ...KEYS, maxTonesToCollect: 1, initialSilenceTimeoutInSeconds: 300 };
  const { call, operationContext } = await recognize(stage, {}, options);
  await call.media.cancelAllOperations();
  await call.result("RecognizeCanceled", 400, 8508, operationContext);
  await call.inbox.staysWithout("RecognizeFailed");
}

export async function recognizeOfSomebodyWhoIsNotThere(stage) {
  const { call } = await stage.inbound();
  const nobody = stage.phone();
  await refused(400, ["8523"], () => call.media.startRecognizing(nobody, { ...KEYS, maxTonesToCollect: 1 }));
}
