// Transcription and media streaming: started, changed and stopped.

import { equal, refused } from "../stage.mjs";

function options({ atOnce = false } = {}) {
  return {
    mediaStreamingOptions: {
      transportType: "websocket",
      transportUrl: "wss://media.example.com/audio",
      contentType: "audio",
      audioChannelType: "unmixed",
      audioFormat: "Pcm24KMono",
      enableBidirectional: true,
      enableDtmfTones: true,
      startMediaStreaming: atOnce,
    },
    transcriptionOptions: {
      transportType: "websocket",
      transportUrl: "wss://media.example.com/text",
      locale: "en-US",
      speechModelEndpointId: "a259c255-1cd7-4ed7-a693-dd58563b6f6a",
      enableIntermediateResults: true,
      startTranscription: atOnce,
    },
  };
}

export async function transcription(stage) {
  const call = await stage.outbound([stage.phone()], options());
  const { media } = call;
  const [started, changed, stopped] = [stage.context(), stage.context(), stage.context()];
  await media.startTranscription({ locale: "en-GB", operationContext: started });
  const { transcriptionUpdate } = await call.result("TranscriptionStarted", 200, 0, started);
  equal("the status", transcriptionUpdate.transcriptionStatus, "transcriptionStarted");
  await refused(400, ["8585"], () => media.startTranscription());
  await media.updateTranscription("de-DE", { operationContext: changed });
  await call.result("TranscriptionUpdated", 200, 0, changed);
  await media.stopTranscription({ operationContext: stopped });
  await call.result("TranscriptionStopped", 200, 0, stopped);
  await refused(400, ["8585"], () => media.stopTranscription());
  await refused(400, ["8585"], () => media.updateTranscription("en-US"));
}

export async function mediaStreaming(stage) {
  const call = await stage.outbound([stage.phone()], options());
  const { media } = call;
  const [started, stopped] = [stage.context(), stage.context()];
  await media.startMediaStreaming({ operationContext: started });
  const { mediaStreamingUpdate } = await call.result("MediaStreamingStarted", 200, 0, started);
  equal("the status", mediaStreamingUpdate.mediaStreamingStatus, "mediaStreamingStarted");
  await refused(400, ["8585"], () => media.startMediaStreaming());
  await media.stopMediaStreaming({ operationContext: stopped });
  await call.result("MediaStreamingStopped", 200, 0, stopped);
  await refused(400, ["8585"], () => media.stopMediaStreaming());
}

export async function streamsThatBeginWithTheCall(stage) {
  const incoming = await stage.incoming();
  const call = await stage.answer(await incoming.context(), options({ atOnce: true }));
  await call.wait("TranscriptionStarted");
  await call.wait("MediaStreamingStarted");
}

export async function streamsWithoutTheirOptions(stage) {
  const { call } = await stage.inbound();
  const { media } = call;
  await refused(405, ["8522"], () => media.startTranscription());
  await refused(405, ["8522"], () => media.stopTranscription());
  await refused(405, ["8522"], () => media.updateTranscription("en-US"));
  await refused(405, ["8522"], () => media.startMediaStreaming());
  await refused(405, ["8522"], () => media.stopMediaStreaming());
}
