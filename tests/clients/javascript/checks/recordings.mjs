// Recordings: started with every option, paused, resumed, read and stopped.

import { randomUUID } from "node:crypto";

import { equal, isTrue, refused } from "../stage.mjs";

/** The next state of the recording, which comes under the recorder's own connection. */
async function state(inbox, recordingId, expected) {
  const changed = await inbox.wait("RecordingStateChanged", (event) => event.recordingId === recordingId);
  equal("the state", changed.state, expected);
  isTrue("a recording has no beginning", changed.startDateTime);
  return changed;
}

export async function recordingFromStartToStop(stage) {
  const { call, caller } = await stage.inbound();
  const recordings = stage.client.getCallRecording();
  const inbox = stage.inbox();
  const { serverCallId } = await call.connection.getCallConnectionProperties();
  const callLocator = { kind: "serverCallLocator", id: serverCallId };
  const started = await recordings.start({
    callLocator,
    recordingStateCallbackEndpointUrl: inbox.url,
    recordingContent: "audio",
    recordingChannel: "unmixed",
    recordingFormat: "wav",
    audioChannelParticipantOrdering: [caller],
    channelAffinity: [{ targetParticipant: caller, channel: 0 }],
    recordingStorage: {
      recordingStorageKind: "azureBlobStorage",
      recordingDestinationContainerUrl: "https://contoso.blob.core.windows.net/recordings",
    },
  });
  equal("the state in the answer", started.recordingState, "active");
  await state(inbox, started.recordingId, "inactive");
  const changed = await state(inbox, started.recordingId, "active");
  equal("the call", changed.serverCallId, serverCallId);
  isTrue("the recorder has the leg's id", changed.callConnectionId !== call.id);
  await refused(400, ["8559"], () => recordings.start({ callLocator }));

  await recordings.pause(started.recordingId);
  await state(inbox, started.recordingId, "inactive");
  equal("the state", (await recordings.getState(started.recordingId)).recordingState, "inactive");
  await refused(400, ["8585"], () => recordings.pause(started.recordingId));
  await recordings.resume(started.recordingId);
  await state(inbox, started.recordingId, "active");
  await refused(400, ["8585"], () => recordings.resume(started.recordingId));
  await recordings.stop(started.recordingId);
  await state(inbox, started.recordingId, "inactive");
}

export async function recordingThatBeginsPaused(stage) {
  const { call } = await stage.inbound();
  const inbox = stage.inbox();
  const options = { callConnectionId: call.id, recordingStateCallbackEndpointUrl: inbox.url, pauseOnStart: true };
  const started = await stage.client.getCallRecording().start(options);
  equal("the state in the answer", started.recordingState, "inactive");
  await state(inbox, started.recordingId, "inactive");
  // A call that ends takes its recording with it.
  await call.connection.hangUp(true);
  await state(inbox, started.recordingId, "inactive");
}

export async function recordingThatDoesNotExist(stage) {
  const recordings = stage.client.getCallRecording();
  const unknown = randomUUID();
  await refused(404, ["8522"], () => recordings.getState(unknown));
  await refused(404, ["8522"], () => recordings.pause(unknown));
  await refused(404, ["8522"], () => recordings.resume(unknown));
  await refused(404, ["8522"], () => recordings.stop(unknown));
  const callLocator = { kind: "serverCallLocator", id: "aHR0cHM6Ly9ub25l" };
  await refused(404, ["8522"], () => recordings.start({ callLocator }));
}
