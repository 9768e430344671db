//! What is played and what is listened for, as the provider takes it.

use acs::Request;
use acs::actions as wire;
use acs::model::{
    Choice as WireChoice, DtmfOptions, FileSource, PlaySource as WireSource, PlaySourceType, SpeechOptions,
    SsmlSource, TextSource, VoiceKind,
};
use machine::actions::PlaySource;
use machine::actions::play::Play;
use machine::actions::recognize::{Choice, Dtmf, Listen, Recognize, Speech};

use super::{Routing, seconds};
use crate::translate::people::{identifier, identifiers, tones};

pub(super) fn play(leg: &str, action: &Play, routing: Routing) -> Request {
    let to_all = action.participants.is_empty();
    let body = wire::PlayRequest {
        play_sources: action.sources.iter().map(source).collect(),
        play_to: Some(identifiers(&action.participants)),
        // Honoured only when playing to everyone. Source: reference 2.6.
        interrupt_call_media_operation: to_all.then_some(action.interrupt),
        play_options: Some(wire::PlayOptions { r#loop: action.repeat }),
        operation_context: routing.context,
        operation_callback_uri: routing.callback_uri,
    };
    wire::play::request(leg, &body)
}

pub(super) fn recognize(leg: &str, action: &Recognize, routing: Routing) -> Request {
    let (input_type, dtmf_options, speech_options, choices) = match &action.listen {
        Listen::Dtmf(dtmf) => (wire::RecognizeInputType::Dtmf, Some(dtmf_options(dtmf)), None, None),
        Listen::Speech(speech) => (wire::RecognizeInputType::Speech, None, speech_options(speech), None),
        Listen::SpeechOrDtmf(speech, dtmf) => {
            (wire::RecognizeInputType::SpeechOrDtmf, Some(dtmf_options(dtmf)), speech_options(speech), None)
        }
        Listen::Choices(choices) => {
            (wire::RecognizeInputType::Choices, None, None, Some(choices.iter().map(choice).collect()))
        }
    };
    // Only one of the two may be sent. Source: reference 2.4.
    let (play_prompt, play_prompts) = match action.prompts.as_slice() {
        [] => (None, None),
        [one] => (Some(source(one)), None),
        several => (None, Some(several.iter().map(source).collect())),
    };
    let body = wire::RecognizeRequest {
        recognize_input_type: input_type,
        play_prompt,
        play_prompts,
        interrupt_call_media_operation: Some(action.interrupt_media),
        recognize_options: wire::RecognizeOptions {
            interrupt_prompt: Some(action.interrupt),
            initial_silence_timeout_in_seconds: action.initial_silence.map(seconds),
            target_participant: identifier(&action.participant),
            speech_language: action.language.clone(),
            speech_recognition_model_endpoint_id: action.speech_model.clone(),
            dtmf_options,
            choices,
            speech_options,
        },
        operation_context: routing.context,
        operation_callback_uri: routing.callback_uri,
    };
    wire::recognize::request(leg, &body)
}

fn dtmf_options(dtmf: &Dtmf) -> DtmfOptions {
    DtmfOptions {
        inter_tone_timeout_in_seconds: dtmf.inter_tone_timeout.map(seconds),
        max_tones_to_collect: Some(i32::try_from(dtmf.max_tones).unwrap_or(i32::MAX)),
        stop_tones: dtmf.stop_tones.as_ref().map(tones),
    }
}

fn speech_options(speech: &Speech) -> Option<SpeechOptions> {
    let milliseconds = i64::try_from(speech.end_silence?.as_millis()).unwrap_or(i64::MAX);
    Some(SpeechOptions { end_silence_timeout_in_ms: Some(milliseconds) })
}

fn choice(choice: &Choice) -> WireChoice {
    WireChoice {
        label: choice.label.clone(),
        phrases: choice.phrases.0.clone(),
        tone: choice.tone.as_ref().and_then(|keys| tones(keys).into_iter().next()),
    }
}

pub(super) fn source(source: &PlaySource) -> WireSource {
    let nothing = |kind, cache_id: &Option<String>| WireSource {
        kind,
        play_source_cache_id: cache_id.clone(),
        file: None,
        text: None,
        ssml: None,
    };
    match source {
        PlaySource::File { uri, cache_id } => WireSource {
            file: Some(FileSource { uri: uri.clone() }),
            ..nothing(PlaySourceType::File, cache_id)
        },
        PlaySource::Text { text, voice, language, voice_kind, custom_voice_endpoint_id, cache_id } => {
            WireSource {
                text: Some(TextSource {
                    text: text.clone(),
                    source_locale: language.clone(),
                    voice_kind: voice_kind.as_deref().map(VoiceKind::parse),
                    voice_name: voice.clone(),
                    custom_voice_endpoint_id: custom_voice_endpoint_id.clone(),
                }),
                ..nothing(PlaySourceType::Text, cache_id)
            }
        }
        PlaySource::Ssml { ssml, custom_voice_endpoint_id, cache_id } => WireSource {
            ssml: Some(SsmlSource {
                ssml_text: ssml.clone(),
                custom_voice_endpoint_id: custom_voice_endpoint_id.clone(),
            }),
            ..nothing(PlaySourceType::Ssml, cache_id)
        },
    }
}
