// One prompt of each kind.

export const FILE = {
  kind: "fileSource",
  url: "https://media.example.com/welcome.wav",
  playSourceCacheId: "welcome",
};

export const TEXT = { kind: "textSource", text: "Thanks for calling.", voiceName: "en-US-JennyNeural" };

export const SSML = {
  kind: "ssmlSource",
  ssmlText: '<speak version="1.0" xml:lang="en-US"><voice name="en-US-JennyNeural">Hello</voice></speak>',
};
