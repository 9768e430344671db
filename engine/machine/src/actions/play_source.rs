//! What is played: a file, a text that is spoken, or SSML.

use lang::{Fields, Finding, Node, Roots};
use serde::{Deserialize, Serialize};

use super::{Defaults, url};
use crate::actions::call_options::words;
use crate::argument::{Arg, Argument, Unfilled, fill, optional};
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

/// What every source must say.
pub const ONE_OF_THEM: Rule = Rule::ExactlyOne(&["text", "file", "ssml"]);

/// A source in a mapping of its own.
pub static PROMPT: Shape = Shape {
    name: "prompt",
    description: "What is played: a file, a text that is read aloud, or SSML.",
    keys: &[KEYS],
    rules: &[ONE_OF_THEM],
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

words! {
    /// A kind of voice.
    VoiceKind: "male", "female"
}

/// A source as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which kind, and its text.
    pub content: Content,
    voice: Option<Arg<String>>,
    language: Option<Arg<String>>,
    voice_kind: Option<Arg<VoiceKind>>,
    custom_voice_endpoint_id: Option<Arg<String>>,
    cache_id: Option<Arg<String>>,
}

/// What stands under `file`, `text` or `ssml`.
#[derive(Clone, Debug)]
pub enum Content {
    /// A URL.
    File(Arg<String>),
    /// What to say.
    Text(Arg<String>),
    /// A document.
    Ssml(Arg<String>),
}

impl Written {
    /// Reads a source that stands among an action's arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let before = found.len();
        let chosen = fields.one_of(&["file", "text", "ssml"], found);
        if chosen.is_none() && found.len() == before {
            let finding = Finding::error(lang::Code(102), fields.span(), "nothing to play is given")
                .label("no `file`, `text` or `ssml` here")
                .help("give one of them: `text: \"Please hold.\"`");
            fields.lacks(&["file", "text", "ssml"], finding, found);
        }
        let content = chosen.and_then(|entry| {
            let what = format!("`{}`", entry.key.value);
            if entry.key.value == "file" {
                return url::read(&entry.value, &what, &url::WEB, found).map(Content::File);
            }
            let text = Arg::read(&entry.value, &what, found)?;
            Some(match entry.key.value.as_str() {
                "ssml" => Content::Ssml(text),
                _ => Content::Text(text),
            })
        });
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
        let written = Written::read(&mut fields, defaults, found);
        fields.finish(found);
        written
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
