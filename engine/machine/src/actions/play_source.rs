//! What is played: a file, a text that is spoken, or SSML.

use acs::model::{
    FileSource, PlaySource as WireSource, PlaySourceType, SsmlSource, TextSource, VoiceKind as WireVoice,
};
use lang::{Entry, Fields, Finding, Node, Roots};
use serde::{Deserialize, Serialize};

use super::{Defaults, items, url};
use crate::actions::call_options::words;
use crate::argument::{Arg, Argument, Unfilled, at_most, fill, optional};
use crate::limits::SPOKEN_CHARS_MAX;
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::{Given, Visit};

/// What may be written of it among an action's arguments, or in a mapping of its own.
pub const KEYS: &[Key] = &[
    Key::of::<String>(
        "text",
        "A text that is read aloud: at most 4,000 characters. It needs a speech service.",
    )
    .example("Please hold the line."),
    Key::new("file", "The URL of an audio file: WAV, mono, 16 bit, 16 kHz.", Wants::Address(&url::WEB))
        .example("https://media.example.com/welcome.wav"),
    Key::of::<String>(
        "ssml",
        "A document in the Speech Synthesis Markup Language: at most 4,000 characters. It needs a speech service.",
    ),
    Key::of::<String>("voice", "The voice that reads the text. Left out: the one under `defaults`.")
        .example("en-US-JennyNeural"),
    Key::of::<String>("language", "The language of the text. Left out: the one under `defaults`.")
        .example("en-US"),
    Key::of::<VoiceKind>("voiceKind", "Which kind of voice reads the text, where no voice is named."),
    Key::of::<String>("customVoiceEndpointId", "A custom voice, by the id of its endpoint."),
    Key::of::<String>("playSourceCacheId", "An id of yours under which the provider may keep the audio."),
];

/// What stands behind a key that takes several sources.
pub const LIST: Wants = {
    const EACH: &Wants = &Wants::Map(&PROMPT);
    Wants::List(EACH, 1)
};

/// Several sources among the arguments of `play`.
pub const SEVERAL: Key =
    Key::new("playSources", "Several files, texts or documents, played one after the other.", LIST)
        .example(r#"[{"file": "https://media.example.com/chime.wav"}, {"text": "You are next."}]"#);

/// What `play` must say.
pub const ONE_OR_SEVERAL: Rule = Rule::ExactlyOne(&["text", "file", "ssml", SEVERAL.name]);

/// Where several sources stand, what belongs to one stands in that one.
pub const NOTHING_BESIDE_SEVERAL: Rule = Rule::Excludes(SEVERAL.name, OF_ONE);

/// What belongs to one source, and not to several.
const OF_ONE: &[&str] = &["voice", "language", "voiceKind", "customVoiceEndpointId", "playSourceCacheId"];

/// A source in a mapping of its own.
pub static PROMPT: Shape = Shape {
    name: "prompt",
    description: "What is played: a file, a text that is read aloud, or SSML.",
    keys: &[KEYS],
    rules: &[Rule::ExactlyOne(&["text", "file", "ssml"])],
};

/// A source as posted. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlaySource {
    /// An audio file that the provider fetches.
    File {
        /// Where it is.
        uri: String,
        /// Under which id the provider may keep it.
        cache_id: Option<String>,
    },
    /// Text that is spoken.
    Text {
        /// At most 4,000 characters.
        text: String,
        /// Such as `en-US-JennyNeural`.
        voice: Option<String>,
        /// Such as `en-US`.
        language: Option<String>,
        /// `male` or `female`.
        voice_kind: Option<String>,
        /// A custom voice.
        custom_voice_endpoint_id: Option<String>,
        /// Under which id the provider may keep it.
        cache_id: Option<String>,
    },
    /// A document in the Speech Synthesis Markup Language.
    Ssml {
        /// At most 4,000 characters.
        ssml: String,
        /// A custom voice.
        custom_voice_endpoint_id: Option<String>,
        /// Under which id the provider may keep it.
        cache_id: Option<String>,
    },
}

impl PlaySource {
    pub(super) fn wire(&self) -> WireSource {
        let nothing = |kind, cache_id: &Option<String>| WireSource {
            kind,
            play_source_cache_id: cache_id.clone(),
            file: None,
            text: None,
            ssml: None,
        };
        match self {
            PlaySource::File { uri, cache_id } => WireSource {
                file: Some(FileSource { uri: uri.clone() }),
                ..nothing(PlaySourceType::File, cache_id)
            },
            PlaySource::Text { text, voice, language, voice_kind, custom_voice_endpoint_id, cache_id } => {
                WireSource {
                    text: Some(TextSource {
                        text: text.clone(),
                        source_locale: language.clone(),
                        voice_kind: voice_kind.as_deref().map(WireVoice::parse),
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
}

words! {
    /// A kind of voice.
    VoiceKind: "male", "female"
}

/// A source as written.
#[derive(Clone, Debug)]
pub struct Written {
    content: Content,
    voice: Option<Arg<String>>,
    language: Option<Arg<String>>,
    voice_kind: Option<Arg<VoiceKind>>,
    custom_voice_endpoint_id: Option<Arg<String>>,
    cache_id: Option<Arg<String>>,
}

/// What stands under `file`, `text` or `ssml`.
#[derive(Clone, Debug)]
enum Content {
    File(Arg<String>),
    Text(Arg<String>),
    Ssml(Arg<String>),
}

/// Reads what stands among the arguments of `play`: one source, or several.
pub fn read_one_or_several(
    fields: &mut Fields<'_>,
    defaults: &Defaults,
    found: &mut Vec<Finding>,
) -> Option<Vec<Written>> {
    let Some(several) = fields.get(SEVERAL.name) else {
        let one = Written::read(fields, &["file", "text", "ssml", SEVERAL.name], defaults, found)?;
        return Some(vec![one]);
    };
    fields.one_of(&["file", "text", "ssml", SEVERAL.name], found);
    for entry in OF_ONE.iter().filter_map(|key| fields.get(key)) {
        let headline = format!("`{}` and `{}` exclude each other", SEVERAL.name, entry.key.value);
        found.push(
            Finding::error(lang::Code(104), entry.key.span, headline)
                .label("this belongs to one source")
                .related(several.key.span, "several are given here")
                .help("write it in each of the sources that it is for"),
        );
    }
    read_several(several, defaults, found)
}

/// Reads a list of sources, each a mapping of its own.
pub fn read_several(entry: &Entry, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Vec<Written>> {
    let what = format!("`{}`", entry.key.value);
    let such_as = "{ text: \"Please hold.\" }";
    items::read(&entry.value, &what, "sources", such_as, found, |node, found| {
        Written::read_own(node, &format!("a source of {what}"), defaults, found)
    })
}

/// The sources, as they are now.
///
/// # Errors
/// As [`Arg::fill`].
pub fn fill_all(sources: &[Written], roots: &dyn Roots) -> Result<Vec<PlaySource>, Unfilled> {
    sources.iter().map(|source| source.fill(roots)).collect()
}

/// The one of these keys that stands there: CF102 if none does.
fn chosen<'n>(fields: &mut Fields<'n>, keys: &[&'static str], found: &mut Vec<Finding>) -> Option<&'n Entry> {
    let before = found.len();
    let chosen = fields.one_of(keys, found);
    if chosen.is_none() && found.len() == before {
        let finding = Finding::error(lang::Code(102), fields.span(), "nothing to play is given")
            .label("no `file`, `text` or `ssml` here")
            .help("give one of them: `text: \"Please hold.\"`");
        fields.lacks(keys, finding, found);
    }
    chosen
}

fn content(entry: &Entry, found: &mut Vec<Finding>) -> Option<Content> {
    let what = format!("`{}`", entry.key.value);
    if entry.key.value == "file" {
        return url::read(&entry.value, &what, &url::WEB, found).map(Content::File);
    }
    let text = Arg::read(&entry.value, &what, found)?;
    let text = at_most(text, SPOKEN_CHARS_MAX, &what, found)?;
    Some(match entry.key.value.as_str() {
        "ssml" => Content::Ssml(text),
        _ => Content::Text(text),
    })
}

impl Written {
    /// Reads a source that is given by one of these keys.
    fn read(
        fields: &mut Fields<'_>,
        keys: &[&'static str],
        defaults: &Defaults,
        found: &mut Vec<Finding>,
    ) -> Option<Written> {
        let content = chosen(fields, keys, found).and_then(|entry| content(entry, found));
        let voice = optional(fields, "voice", found);
        let language = optional(fields, "language", found);
        let voice_kind = optional(fields, "voiceKind", found);
        let custom_voice_endpoint_id = optional(fields, "customVoiceEndpointId", found);
        let cache_id = optional(fields, "playSourceCacheId", found);
        Some(Written {
            content: content?,
            voice: voice.or_else(|| defaults.voice.clone()),
            language: language.or_else(|| defaults.language.clone()),
            voice_kind,
            custom_voice_endpoint_id,
            cache_id,
        })
    }

    /// Reads a source that is a mapping of its own: a prompt.
    pub fn read_own(
        node: &Node,
        what: &str,
        defaults: &Defaults,
        found: &mut Vec<Finding>,
    ) -> Option<Written> {
        let mut fields = Fields::of(node, what, found)?;
        let written = Written::read(&mut fields, &["file", "text", "ssml"], defaults, found);
        fields.finish(found);
        written
    }

    /// Whether it is read aloud, which needs a speech service.
    #[must_use]
    pub fn speaks(&self) -> bool {
        match self.content {
            Content::Text(_) | Content::Ssml(_) => true,
            Content::File(_) => false,
        }
    }

    /// The source, as it is now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, roots: &dyn Roots) -> Result<PlaySource, Unfilled> {
        let cache_id = fill(&self.cache_id, "playSourceCacheId", roots)?;
        let custom_voice_endpoint_id = fill(&self.custom_voice_endpoint_id, "customVoiceEndpointId", roots)?;
        Ok(match &self.content {
            Content::File(uri) => PlaySource::File { uri: uri.fill("file", roots)?, cache_id },
            Content::Ssml(ssml) => {
                PlaySource::Ssml { ssml: ssml.fill("ssml", roots)?, custom_voice_endpoint_id, cache_id }
            }
            Content::Text(text) => PlaySource::Text {
                text: text.fill("text", roots)?,
                voice: fill(&self.voice, "voice", roots)?,
                language: fill(&self.language, "language", roots)?,
                voice_kind: fill(&self.voice_kind, "voiceKind", roots)?.map(|kind| kind.0),
                custom_voice_endpoint_id,
                cache_id,
            },
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { content, voice, language, voice_kind, custom_voice_endpoint_id, cache_id } = self;
        match content {
            Content::File(uri) => uri.visit("file", see),
            Content::Text(text) => text.visit("text", see),
            Content::Ssml(ssml) => ssml.visit("ssml", see),
        }
        voice.visit("voice", see);
        language.visit("language", see);
        voice_kind.visit("voiceKind", see);
        custom_voice_endpoint_id.visit("customVoiceEndpointId", see);
        cache_id.visit("playSourceCacheId", see);
    }
}
