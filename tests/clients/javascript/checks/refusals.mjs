// Requests that the service refuses, as the library's errors.

import { randomUUID } from "node:crypto";

import { FILE, TEXT } from "../prompts.mjs";
import { Failed, OWN_NUMBER, refused } from "../stage.mjs";

/** Each action that needs a call that is connected. */
function midCallActions(stage, connection) {
  const someone = stage.phone();
  const media = connection.getCallMedia();
  const keys = { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1 };
  const invite = { targetParticipant: someone, sourceCallIdNumber: OWN_NUMBER };
  return {
    transfer: () => connection.transferCallToParticipant(someone),
    play: () => media.playToAll([FILE]),
    recognize: () => media.startRecognizing(someone, keys),
    cancelMedia: () => media.cancelAllOperations(),
    add: () => connection.addParticipant(invite),
    cancelAdd: () => connection.cancelAddParticipantOperation(randomUUID()),
    remove: () => connection.removeParticipant(someone),
    mute: () => connection.muteParticipant(stage.user()),
    hold: () => media.hold(someone),
    unhold: () => media.unhold(someone),
    move: () => connection.moveParticipants([someone], randomUUID()),
    sendKeys: () => media.sendDtmfTones(["one"], someone),
    startKeys: () => media.startContinuousDtmfRecognition(someone),
    stopKeys: () => media.stopContinuousDtmfRecognition(someone),
    startTranscription: () => media.startTranscription(),
    stopTranscription: () => media.stopTranscription(),
    updateTranscription: () => media.updateTranscription("en-US"),
    startStreaming: () => media.startMediaStreaming(),
    stopStreaming: () => media.stopMediaStreaming(),
  };
}

async function eachRefused(actions, status, codes) {
  for (const [name, action] of Object.entries(actions)) {
    try {
      await refused(status, codes, action);
    } catch (error) {
      throw error instanceof Failed ? new Failed(`${name}: ${error.message}`) : error;
    }
  }
}

export async function wrongAccessKey(stage) {
  const key = Buffer.from("not the key of the simulator").toString("base64");
  const client = stage.newClient({}, `endpoint=${stage.endpoint};accesskey=${key}`);
  const invite = { targetParticipant: stage.user() };
  await refused(401, ["7509"], () => client.createCall(invite, stage.inbox().url));
  const connection = client.getCallConnection(randomUUID());
  await refused(401, ["7509"], () => connection.getCallConnectionProperties());
  await refused(401, ["7509"], () => connection.hangUp(false));
}

export async function unknownCall(stage) {
  const connection = stage.client.getCallConnection(randomUUID());
  const actions = {
    ...midCallActions(stage, connection),
    get: () => connection.getCallConnectionProperties(),
    hangUp: () => connection.hangUp(false),
    terminate: () => connection.hangUp(true),
    list: () => connection.listParticipants(),
    getParticipant: () => connection.getParticipant(stage.phone()),
  };
  await eachRefused(actions, 404, ["8522"]);
}

export async function endedCall(stage) {
  const call = await stage.outbound();
  await call.connection.hangUp(true);
  await call.wait("CallDisconnected");
  await eachRefused(midCallActions(stage, call.connection), 404, ["8522"]);
  await refused(404, ["8522"], () => call.connection.hangUp(false));
  await refused(404, ["8522"], () => call.connection.hangUp(true));
}

export async function actionsBeforeTheCallIsUp(stage) {
  const call = await stage.ringing([await stage.person(stage.phone(), { noAnswer: true })]);
  await eachRefused(midCallActions(stage, call.connection), 400, ["8501"]);
  await call.connection.hangUp(true);
}

export async function missingCallerId(stage) {
  const { url } = stage.inbox();
  await refused(400, ["8523"], () => stage.client.createCall({ targetParticipant: stage.phone() }, url));
  await refused(400, ["8523"], () => stage.client.createGroupCall([stage.user(), stage.phone()], url));
  const call = await stage.outbound();
  await refused(400, ["8523"], () => call.connection.addParticipant({ targetParticipant: stage.phone() }));
}

export async function unknownIncomingCall(stage) {
  const context = "no such context";
  await refused(404, ["8522"], () => stage.answer(context));
  await refused(404, ["8522"], () => stage.client.rejectCall(context));
  await refused(404, ["8522"], () => stage.client.redirectCall(context, { targetParticipant: stage.phone() }));
}

export async function argumentsOutOfBounds(stage) {
  const { url } = stage.inbox();
  const targetParticipant = stage.user();
  await refused(400, ["8523"], () => stage.client.createGroupCall([], url));
  await refused(400, ["8523"], () => stage.client.createCall({ targetParticipant }, "http://app.example.com/cb"));
  await refused(400, ["8523"], () => stage.client.createCall({ targetParticipant }, "no address"));
  const locator = { kind: "serverCallLocator", id: "aHR0cHM6Ly9ub25l" };
  await refused(400, ["8523"], () => stage.client.connectCall(locator, "ftp://app.example.com"));
  const { call, caller } = await stage.inbound();
  const late = { invitationTimeoutInSeconds: 181 };
  await refused(400, ["8523"], () => call.connection.addParticipant({ targetParticipant }, late));
  const slow = { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1, interToneTimeoutInSeconds: 61 };
  await refused(400, ["8523"], () => call.media.startRecognizing(caller, slow));
  const none = { kind: "callMediaRecognizeChoiceOptions", choices: [] };
  await refused(400, ["8523"], () => call.media.startRecognizing(caller, none));
  await refused(400, ["8523"], () => call.media.playToAll([]));
  const elsewhere = { operationCallbackUrl: "ftp://example.com" };
  await refused(400, ["8523"], () => call.media.playToAll([TEXT], elsewhere));
}
