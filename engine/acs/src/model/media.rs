//! What is played to people and what is heard from them.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Tone;
use crate::lenient::field;
use crate::open_enum::open_enum;

open_enum! {
    /// What kind of source is played; the object of the same name must be present.
    pub enum PlaySourceType {
        File = "file",
        Text = "text",
        Ssml = "ssml",
    }
}

open_enum! {
    /// The kind of a synthetic voice.
    pub enum VoiceKind {
        Male = "male",
        Female = "female",
    }
}

open_enum! {
    /// How a recognition was answered.
    pub enum RecognitionType {
        Dtmf = "dtmf",
        Speech = "speech",
        Choices = "choices",
    }
}

/// Something to play.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaySource {
    /// Which of the three objects is there.
    pub kind: PlaySourceType,
    /// An id of the sender's choice, under which the service may cache the prompt.
    pub play_source_cache_id: Option<String>,
    /// An audio file.
    pub file: Option<FileSource>,
    /// Text to speak.
    pub text: Option<TextSource>,
    /// SSML to speak.
    pub ssml: Option<SsmlSource>,
}

impl PlaySource {
    /// An audio file.
    pub fn file(source: FileSource) -> PlaySource {
        PlaySource { file: Some(source), ..PlaySource::empty(PlaySourceType::File) }
    }

    /// Text to speak.
    pub fn text(source: TextSource) -> PlaySource {
        PlaySource { text: Some(source), ..PlaySource::empty(PlaySourceType::Text) }
    }

    /// SSML to speak.
    pub fn ssml(source: SsmlSource) -> PlaySource {
        PlaySource { ssml: Some(source), ..PlaySource::empty(PlaySourceType::Ssml) }
    }

    fn empty(kind: PlaySourceType) -> PlaySource {
        PlaySource { kind, play_source_cache_id: None, file: None, text: None, ssml: None }
    }
}

/// An audio file: WAV, mono, 16-bit PCM, 16 kHz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileSource {
    /// Where the service fetches it.
    pub uri: String,
}

/// Text to speak, at most 4,000 characters.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextSource {
    /// What to say.
    pub text: String,
    /// Its language, such as `en-US`.
    pub source_locale: Option<String>,
    /// A male or a female voice.
    pub voice_kind: Option<VoiceKind>,
    /// A voice by name, such as `en-US-JennyNeural`.
    pub voice_name: Option<String>,
    /// Endpoint of a custom voice.
    pub custom_voice_endpoint_id: Option<String>,
}

/// SSML to speak, at most 4,000 characters.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsmlSource {
    /// The document.
    pub ssml_text: String,
    /// Endpoint of a custom voice.
    pub custom_voice_endpoint_id: Option<String>,
}

/// How keys are collected.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DtmfOptions {
    /// How long to wait between two keys. Unit: seconds, 1 to 60, 2 if absent.
    pub inter_tone_timeout_in_seconds: Option<i32>,
    /// How many keys end the collection; needed in practice.
    pub max_tones_to_collect: Option<i32>,
    /// Keys that end the collection.
    pub stop_tones: Option<Vec<Tone>>,
}

/// How speech is collected.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpeechOptions {
    /// Silence that ends an utterance. Unit: milliseconds.
    pub end_silence_timeout_in_ms: Option<i64>,
}

/// One of the answers that a recognition offers.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What the result calls it.
    pub label: String,
    /// Spoken forms that select it.
    pub phrases: Vec<String>,
    /// The key that selects it.
    pub tone: Option<Tone>,
}

/// Keys that were pressed.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DtmfResult {
    /// In the order of pressing.
    #[serde(default, deserialize_with = "field::shape")]
    pub tones: Option<Vec<Tone>>,
}

/// The choice that was made.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceResult {
    /// The choice's label.
    #[serde(default, deserialize_with = "field::text")]
    pub label: Option<String>,
    /// What was said; absent when it was made with a key.
    #[serde(default, deserialize_with = "field::text")]
    pub recognized_phrase: Option<String>,
    /// How sure the service is, 0 to 1.
    #[serde(default, deserialize_with = "field::number")]
    pub confidence: Option<f64>,
}

/// What was said.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpeechResult {
    /// The words.
    #[serde(default, deserialize_with = "field::text")]
    pub speech: Option<String>,
    /// How sure the service is, 0 to 1.
    #[serde(default, deserialize_with = "field::number")]
    pub confidence: Option<f64>,
}
