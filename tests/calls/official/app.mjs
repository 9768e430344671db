// The same call, steered by a service on the official JavaScript library: what one would write by hand.

import { createServer } from "node:http";
import { CallAutomationClient } from "@azure/communication-call-automation";

const line = { phoneNumber: "+18005550100" };
const sales = { phoneNumber: "+14255550123" };
const speech = "https://contoso-speech.cognitiveservices.azure.com/";

const client = new CallAutomationClient(process.argv[2], { allowInsecureConnection: true });
const callers = new Map();
let numbers = 0;
let own = "";

function incoming({ data }) {
  const number = numbers++;
  callers.set(number, { phoneNumber: data.from.phoneNumber.value });
  return client.answerCall(data.incomingCallContext, `${own}/calls/${number}`, {
    callIntelligenceOptions: { cognitiveServicesEndpoint: speech },
  });
}

function callback(number, { type, data }) {
  const call = client.getCallConnection(data.callConnectionId);
  switch (type) {
    case "Microsoft.Communication.CallConnected":
      return call.getCallMedia().startRecognizing(callers.get(number), {
        kind: "callMediaRecognizeDtmfOptions",
        playPrompt: { kind: "textSource", text: "Press 1 for sales.", voiceName: "en-US-JennyNeural" },
        initialSilenceTimeoutInSeconds: 5,
        maxTonesToCollect: 1,
        operationContext: "menu",
      });
    case "Microsoft.Communication.RecognizeCompleted":
      if (data.dtmfResult.tones[0] !== "one") return undefined;
      return call.transferCallToParticipant(sales, { sourceCallIdNumber: line, operationContext: "sales" });
    case "Microsoft.Communication.CallDisconnected":
      callers.delete(number);
      return undefined;
    default:
      return undefined;
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const events = JSON.parse(Buffer.concat(chunks).toString());
    const number = /^\/calls\/(\d+)$/.exec(request.url)?.[1];
    for (const event of events) {
      const work = number === undefined ? incoming(event) : callback(Number(number), event);
      work?.catch((error) => console.error(error.message));
    }
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => {
  own = `http://127.0.0.1:${server.address().port}`;
  console.log(own);
});
