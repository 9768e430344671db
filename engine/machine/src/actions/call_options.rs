//! The options that must be set when a call is created, answered or connected, or never.

use acs::model::{
    AudioFormat as WireFormat, CallIntelligenceOptions, MediaStreamingAudioChannelType,
    MediaStreamingContentType, MediaStreamingOptions, StreamingTransportType, TranscriptionOptions,
};
use lang::{Fields, Finding, Node, Roots};
use serde::{Deserialize, Serialize};

use super::url;
use crate::argument::{Arg, Argument, Unfilled, fill, optional, required};
use crate::shape::{Key, Shape, Wants};
use crate::wanted::{Given, Visit};

/// What may be written of them among an action's arguments, or under `defaults`.
pub const KEYS: &[Key] = &[
    Key::new(
        "cognitiveServicesEndpoint",
        "The speech service that reads texts aloud and understands speech: the address of your own resource. \
         It must be known when the call is created, answered or joined.",
        Wants::Address(&url::WEB),
    )
    .example("https://contoso-speech.cognitiveservices.azure.com/"),
    Key::new(
        "mediaStreaming",
        "Streams the call's audio to a WebSocket of yours. It can be set only when the call comes up.",
        Wants::Map(&STREAMING),
    )
    .example(r#"{"transportUrl": "wss://media.example.com/audio"}"#),
    Key::new(
        "transcription",
        "Streams what is said, as text, to a WebSocket of yours. It can be set only when the call comes up.",
        Wants::Map(&TRANSCRIBING),
    )
    .example(r#"{"transportUrl": "wss://media.example.com/text", "locale": "en-US"}"#),
];

static STREAMING: Shape = Shape {
    name: "mediaStreaming",
    description: "Where and how audio is streamed.",
    keys: &[&[
        Key::new("transportUrl", "The WebSocket that audio is sent to.", Wants::Address(&url::SOCKET))
            .required()
            .example("wss://media.example.com/audio"),
        Key::of::<Channels>(
            "audioChannelType",
            "All voices on one channel, or each on its own, at most four.",
        )
        .default("mixed"),
        Key::of::<Contents>("contentType", "What is streamed.").default("audio"),
        Key::of::<AudioFormat>("audioFormat", "The format: 16 or 24 kHz, mono.").default("pcm16KMono"),
        Key::of::<bool>("startMediaStreaming", "Begins as soon as the call is up, without an action.")
            .default("false"),
        Key::of::<bool>("enableBidirectional", "Audio may be sent back into the call.").default("false"),
        Key::of::<bool>("enableDtmfTones", "Keys that are pressed are streamed too.").default("false"),
    ]],
    rules: &[],
};

static TRANSCRIBING: Shape = Shape {
    name: "transcription",
    description: "Where and how what is said is streamed as text.",
    keys: &[&[
        Key::new("transportUrl", "The WebSocket that the text is sent to.", Wants::Address(&url::SOCKET))
            .required()
            .example("wss://media.example.com/text"),
        Key::of::<String>("locale", "The language that is spoken.").required().example("en-US"),
        Key::of::<String>("speechModelEndpointId", "A custom speech model, by the id of its endpoint."),
        Key::of::<bool>("startTranscription", "Begins as soon as the call is up, without an action.")
            .default("false"),
        Key::of::<bool>(
            "enableIntermediateResults",
            "Sends text while it is being said, before it is final.",
        )
        .default("false"),
    ]],
    rules: &[],
};

/// The options as posted. Source: reference 2.4.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallOptions {
    /// Needed before any text is spoken or speech recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cognitive_services_endpoint: Option<String>,
    /// Where audio is streamed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_streaming: Option<MediaStreaming>,
    /// Where transcripts are streamed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcription: Option<Transcription>,
}

/// Where and how audio is streamed. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreaming {
    /// The WebSocket that the provider connects to.
    pub transport_url: String,
    /// `mixed` or `unmixed`.
    pub audio_channel_type: String,
    /// `audio`, which is all that can be streamed.
    pub content_type: Option<String>,
    /// `pcm16KMono` or `pcm24KMono`.
    pub audio_format: Option<String>,
    /// Start as soon as the call is up.
    pub start_media_streaming: Option<bool>,
    /// Audio may be sent back.
    pub enable_bidirectional: Option<bool>,
    /// Keys are streamed too.
    pub enable_dtmf_tones: Option<bool>,
}

/// Where and how transcripts are streamed. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transcription {
    /// The WebSocket that the provider connects to.
    pub transport_url: String,
    /// Such as `en-US`.
    pub locale: String,
    /// A custom speech model.
    pub speech_model_endpoint_id: Option<String>,
    /// Start as soon as the call is up.
    pub start_transcription: Option<bool>,
    /// Partial results too.
    pub enable_intermediate_results: Option<bool>,
}

/// The options as the provider takes them.
pub(super) struct WireOptions {
    pub(super) intelligence: Option<CallIntelligenceOptions>,
    pub(super) streaming: Option<MediaStreamingOptions>,
    pub(super) transcription: Option<TranscriptionOptions>,
}

impl CallOptions {
    pub(super) fn wire(&self) -> WireOptions {
        let intelligence = self
            .cognitive_services_endpoint
            .clone()
            .map(|endpoint| CallIntelligenceOptions { cognitive_services_endpoint: Some(endpoint) });
        WireOptions {
            intelligence,
            streaming: self.media_streaming.as_ref().map(MediaStreaming::wire),
            transcription: self.transcription.as_ref().map(Transcription::wire),
        }
    }
}

impl MediaStreaming {
    fn wire(&self) -> MediaStreamingOptions {
        MediaStreamingOptions {
            transport_type: StreamingTransportType::Websocket,
            audio_channel_type: MediaStreamingAudioChannelType::parse(&self.audio_channel_type),
            transport_url: Some(self.transport_url.clone()),
            content_type: Some(
                self.content_type
                    .as_deref()
                    .map_or(MediaStreamingContentType::Audio, MediaStreamingContentType::parse),
            ),
            start_media_streaming: self.start_media_streaming,
            enable_bidirectional: self.enable_bidirectional,
            audio_format: self.audio_format.as_deref().map(WireFormat::parse),
            enable_dtmf_tones: self.enable_dtmf_tones,
        }
    }
}

impl Transcription {
    fn wire(&self) -> TranscriptionOptions {
        TranscriptionOptions {
            transport_type: StreamingTransportType::Websocket,
            locale: self.locale.clone(),
            transport_url: Some(self.transport_url.clone()),
            speech_model_endpoint_id: self.speech_model_endpoint_id.clone(),
            start_transcription: self.start_transcription,
            enable_intermediate_results: self.enable_intermediate_results,
        }
    }
}

/// The options as written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// See [`CallOptions::cognitive_services_endpoint`].
    pub cognitive_services_endpoint: Option<Arg<String>>,
    /// See [`MediaStreaming`].
    pub media_streaming: Option<WrittenStreaming>,
    /// See [`Transcription`].
    pub transcription: Option<WrittenTranscription>,
}

/// [`MediaStreaming`] as written.
#[derive(Clone, Debug)]
pub struct WrittenStreaming {
    transport_url: Arg<String>,
    audio_channel_type: Option<Arg<Channels>>,
    content_type: Option<Arg<Contents>>,
    audio_format: Option<Arg<AudioFormat>>,
    start_media_streaming: Option<Arg<bool>>,
    enable_bidirectional: Option<Arg<bool>>,
    enable_dtmf_tones: Option<Arg<bool>>,
}

/// [`Transcription`] as written.
#[derive(Clone, Debug)]
pub struct WrittenTranscription {
    transport_url: Arg<String>,
    locale: Arg<String>,
    speech_model_endpoint_id: Option<Arg<String>>,
    start_transcription: Option<Arg<bool>>,
    enable_intermediate_results: Option<Arg<bool>>,
}

/// One of a few words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($word:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        impl Argument for $name {
            const WANTED: crate::wanted::Wanted = crate::wanted::Wanted::Word(&[$($word),+]);

            fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Self> {
                let text = lang::value::text(node, what, found)?;
                crate::actions::one_of(&text.value, &[$($word),+], what, text.span, found).map(|word| $name(word.to_owned()))
            }

            fn take(value: &lang::Value) -> Result<Self, String> {
                let text = String::take(value)?;
                match text.as_str() {
                    $($word => Ok($name(text)),)+
                    _ => Err(format!("this must be one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How voices are put on channels.
    Channels: "mixed", "unmixed"
}
words! {
    /// What is streamed.
    Contents: "audio"
}
words! {
    /// The format of streamed audio.
    AudioFormat: "pcm16KMono", "pcm24KMono"
}

impl Written {
    /// Reads the options that stand among an action's arguments; what is missing comes from the defaults.
    pub fn read(fields: &mut Fields<'_>, defaults: &Written, found: &mut Vec<Finding>) -> Written {
        let cognitive_services_endpoint =
            url::optional(fields, "cognitiveServicesEndpoint", &url::WEB, found);
        let media_streaming = fields.get("mediaStreaming").and_then(|entry| streaming(&entry.value, found));
        let transcription = fields.get("transcription").and_then(|entry| transcribing(&entry.value, found));
        Written {
            cognitive_services_endpoint: cognitive_services_endpoint
                .or_else(|| defaults.cognitive_services_endpoint.clone()),
            media_streaming: media_streaming.or_else(|| defaults.media_streaming.clone()),
            transcription: transcription.or_else(|| defaults.transcription.clone()),
        }
    }

    /// The options, as they are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, roots: &dyn Roots) -> Result<CallOptions, Unfilled> {
        Ok(CallOptions {
            cognitive_services_endpoint: fill(
                &self.cognitive_services_endpoint,
                "cognitiveServicesEndpoint",
                roots,
            )?,
            media_streaming: self.media_streaming.as_ref().map(|written| written.fill(roots)).transpose()?,
            transcription: self.transcription.as_ref().map(|written| written.fill(roots)).transpose()?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { cognitive_services_endpoint, media_streaming, transcription } = self;
        cognitive_services_endpoint.visit("cognitiveServicesEndpoint", see);
        if let Some(streaming) = media_streaming {
            streaming.visit(see);
        }
        if let Some(transcription) = transcription {
            transcription.visit(see);
        }
    }
}

fn streaming(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenStreaming> {
    let mut fields = Fields::of(node, "`mediaStreaming`", found)?;
    let transport_url = transport_url(&mut fields, found);
    let audio_channel_type = optional(&mut fields, "audioChannelType", found);
    let content_type = optional(&mut fields, "contentType", found);
    let audio_format = optional(&mut fields, "audioFormat", found);
    let start_media_streaming = optional(&mut fields, "startMediaStreaming", found);
    let enable_bidirectional = optional(&mut fields, "enableBidirectional", found);
    let enable_dtmf_tones = optional(&mut fields, "enableDtmfTones", found);
    fields.finish(found);
    Some(WrittenStreaming {
        transport_url: transport_url?,
        audio_channel_type,
        content_type,
        audio_format,
        start_media_streaming,
        enable_bidirectional,
        enable_dtmf_tones,
    })
}

fn transcribing(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenTranscription> {
    let mut fields = Fields::of(node, "`transcription`", found)?;
    let transport_url = transport_url(&mut fields, found);
    let locale = required(&mut fields, "locale", found);
    let speech_model_endpoint_id = optional(&mut fields, "speechModelEndpointId", found);
    let start_transcription = optional(&mut fields, "startTranscription", found);
    let enable_intermediate_results = optional(&mut fields, "enableIntermediateResults", found);
    fields.finish(found);
    Some(WrittenTranscription {
        transport_url: transport_url?,
        locale: locale?,
        speech_model_endpoint_id,
        start_transcription,
        enable_intermediate_results,
    })
}

impl WrittenStreaming {
    /// Whether it begins as soon as the call is up, for certain.
    #[must_use]
    pub fn starts_at_once(&self) -> bool {
        self.start_media_streaming.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// Whether sound comes back over it, for certain.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.enable_bidirectional.as_ref().and_then(Arg::constant) == Some(&true)
    }

    fn fill(&self, roots: &dyn Roots) -> Result<MediaStreaming, Unfilled> {
        let channels = fill(&self.audio_channel_type, "audioChannelType", roots)?;
        Ok(MediaStreaming {
            transport_url: self.transport_url.fill("transportUrl", roots)?,
            audio_channel_type: channels.map_or_else(|| "mixed".to_owned(), |channels| channels.0),
            content_type: fill(&self.content_type, "contentType", roots)?.map(|content| content.0),
            audio_format: fill(&self.audio_format, "audioFormat", roots)?.map(|format| format.0),
            start_media_streaming: fill(&self.start_media_streaming, "startMediaStreaming", roots)?,
            enable_bidirectional: fill(&self.enable_bidirectional, "enableBidirectional", roots)?,
            enable_dtmf_tones: fill(&self.enable_dtmf_tones, "enableDtmfTones", roots)?,
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenStreaming {
            transport_url,
            audio_channel_type,
            content_type,
            audio_format,
            start_media_streaming,
            enable_bidirectional,
            enable_dtmf_tones,
        } = self;
        transport_url.visit("transportUrl", see);
        audio_channel_type.visit("audioChannelType", see);
        content_type.visit("contentType", see);
        audio_format.visit("audioFormat", see);
        start_media_streaming.visit("startMediaStreaming", see);
        enable_bidirectional.visit("enableBidirectional", see);
        enable_dtmf_tones.visit("enableDtmfTones", see);
    }
}

impl WrittenTranscription {
    /// Whether it begins as soon as the call is up, for certain.
    #[must_use]
    pub fn starts_at_once(&self) -> bool {
        self.start_transcription.as_ref().and_then(Arg::constant) == Some(&true)
    }

    fn fill(&self, roots: &dyn Roots) -> Result<Transcription, Unfilled> {
        Ok(Transcription {
            transport_url: self.transport_url.fill("transportUrl", roots)?,
            locale: self.locale.fill("locale", roots)?,
            speech_model_endpoint_id: fill(&self.speech_model_endpoint_id, "speechModelEndpointId", roots)?,
            start_transcription: fill(&self.start_transcription, "startTranscription", roots)?,
            enable_intermediate_results: fill(
                &self.enable_intermediate_results,
                "enableIntermediateResults",
                roots,
            )?,
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenTranscription {
            transport_url,
            locale,
            speech_model_endpoint_id,
            start_transcription,
            enable_intermediate_results,
        } = self;
        transport_url.visit("transportUrl", see);
        locale.visit("locale", see);
        speech_model_endpoint_id.visit("speechModelEndpointId", see);
        start_transcription.visit("startTranscription", see);
        enable_intermediate_results.visit("enableIntermediateResults", see);
    }
}

/// The WebSocket that something is streamed to.
fn transport_url(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Option<Arg<String>> {
    let entry = fields.require("transportUrl", found)?;
    url::read(&entry.value, "`transportUrl`", &url::SOCKET, found)
}
