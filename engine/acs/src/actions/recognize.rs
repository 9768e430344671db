//! recognize: ask for keys, a choice or speech. Answered by 202 without a body.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{Choice, CommunicationIdentifier, DtmfOptions, PlaySource, SpeechOptions};
use crate::open_enum::open_enum;

open_enum! {
    /// What is listened for.
    pub enum RecognizeInputType {
        Dtmf = "dtmf",
        Speech = "speech",
        SpeechOrDtmf = "speechOrDtmf",
        Choices = "choices",
    }
}

/// Body of recognize.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecognizeRequest {
    /// What is listened for.
    pub recognize_input_type: RecognizeInputType,
    /// What is played first.
    pub play_prompt: Option<PlaySource>,
    /// What is played first, when it is more than one.
    pub play_prompts: Option<Vec<PlaySource>>,
    /// Whether to cut in on what is playing.
    pub interrupt_call_media_operation: Option<bool>,
    /// How.
    pub recognize_options: RecognizeOptions,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// How to listen.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecognizeOptions {
    /// Whether input stops the prompt; absent means yes.
    pub interrupt_prompt: Option<bool>,
    /// How long to wait for the first input. Unit: seconds, 0 to 300, 5 if absent.
    pub initial_silence_timeout_in_seconds: Option<i32>,
    /// Who is listened to.
    pub target_participant: CommunicationIdentifier,
    /// Language of the speech, `en-US` if absent.
    pub speech_language: Option<String>,
    /// Endpoint of a custom speech model.
    pub speech_recognition_model_endpoint_id: Option<String>,
    /// How keys are collected.
    pub dtmf_options: Option<DtmfOptions>,
    /// What can be chosen.
    pub choices: Option<Vec<Choice>>,
    /// How speech is collected.
    pub speech_options: Option<SpeechOptions>,
}
