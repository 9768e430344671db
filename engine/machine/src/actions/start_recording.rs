//! `startRecording`: records the call.

use acs::actions::{ChannelAffinity, ExternalStorage, StartCallRecordingRequest};
use acs::model::{
    CallLocator, CallLocatorKind, RecordingChannelType, RecordingContentType, RecordingFormatType,
    RecordingStorageKind,
};
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier, Node};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, items, routing, url, wire};
use crate::actions::call_options::words;
use crate::argument::{Arg, Argument, People, Unfilled, Whole, fill, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape, Wants};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. It is over once the state is the one that it begins with (clarification 45).
pub const SPEC: Spec = Spec {
    name: "startRecording",
    phases: &[Phase::Connected],
    success: &[EventKind::RecordingStateChanged],
    failure: EventKind::StartRecordingFailed,
    canceled: &[],
    acknowledged: Acknowledged::MayStaySilent,
    makes: Makes::Recording,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Stays,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Records the call. RecordingStateChanged, with the state `active`, or StartRecordingFailed follows.",
    keys: &[
        &[
            Key::of::<Content>("recordingContentType", "What is recorded: voices alone, or the picture too.")
                .example("audio"),
            Key::of::<Channels>(
                "recordingChannelType",
                "All voices on one channel, or each on its own. Only `wav` can hold them apart.",
            )
            .example("mixed"),
            Key::of::<Format>("recordingFormatType", "The format of the file.").example("wav"),
            Key::of::<bool>("pauseOnStart", "Begins paused: `resumeRecording` goes on. The state is `inactive` then.")
                .default("false")
                .example("true"),
            Key::of::<People>(
                "audioChannelParticipantOrdering",
                "Whose voice is on the first channel, on the second, and so on. Needs `unmixed`.",
            )
            .example("[\"+14255550123\"]"),
            Key::new(
                "channelAffinity",
                "Whose voice is on which channel, by number. Needs `unmixed`.",
                Wants::List(&Wants::Map(&AFFINITY), 1),
            )
            .example(r#"[{"channel": 0, "participant": "+14255550123"}]"#),
            Key::new(
                "externalStorage",
                "Where the file goes. Left out: to the provider, which keeps it for a while.",
                Wants::Map(&STORAGE),
            )
            .example(r#"{"recordingStorageKind": "azureCommunicationServices"}"#),
            Key::new(
                "recordingStateCallbackUri",
                "Where the provider sends the states of this recording instead of to this flow, which then never \
                 hears of them.",
                Wants::Address(&url::WEB),
            )
            .example("https://example.com/recordings"),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

static AFFINITY: Shape = Shape {
    name: "channelAffinity",
    description: "Whose voice is on which channel.",
    keys: &[&[
        Key::of::<Whole<0, 4>>("channel", "The channel, counted from 0.").example("0"),
        Key::of::<Identifier>("participant", "Whose voice.").required().example("+14255550123"),
    ]],
    rules: &[],
};

static STORAGE: Shape = Shape {
    name: "externalStorage",
    description: "Where the file of a recording goes.",
    keys: &[&[
        Key::of::<StorageKind>("recordingStorageKind", "Which store.").required().example("azureBlobStorage"),
        Key::new(
            "recordingDestinationContainerUrl",
            "The container, for blob storage.",
            Wants::Address(&url::WEB),
        )
        .example("https://contoso.blob.core.windows.net/recordings"),
    ]],
    rules: &[],
};

words! {
    /// What is recorded.
    Content: "audio", "audioVideo"
}
words! {
    /// How voices are put on channels.
    Channels: "mixed", "unmixed"
}
words! {
    /// The format of the file.
    Format: "wav", "mp3", "mp4"
}
words! {
    /// Where the file goes.
    StorageKind: "azureCommunicationServices", "azureBlobStorage"
}

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    content: Option<Arg<Content>>,
    channels: Option<Arg<Channels>>,
    format: Option<Arg<Format>>,
    pause_on_start: Option<Arg<bool>>,
    ordering: Option<Arg<People>>,
    affinity: Vec<WrittenAffinity>,
    storage: Option<WrittenStorage>,
    /// Where the states of the recording go, if not to this flow.
    pub state_callback_uri: Option<Arg<String>>,
}

#[derive(Clone, Debug)]
struct WrittenAffinity {
    channel: Option<Arg<Whole<0, 4>>>,
    participant: Arg<Identifier>,
}

#[derive(Clone, Debug)]
struct WrittenStorage {
    kind: Arg<StorageKind>,
    container_url: Option<Arg<String>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartRecording {
    /// `audio` or `audioVideo`. Its name in flows is `recordingContentType`.
    pub content: Option<String>,
    /// `mixed` or `unmixed`. Its name in flows is `recordingChannelType`.
    pub channels: Option<String>,
    /// `wav`, `mp3` or `mp4`. Its name in flows is `recordingFormatType`.
    pub format: Option<String>,
    /// Begin paused.
    pub pause_on_start: bool,
    /// Whose voice is on the first channel, on the second, and so on.
    pub ordering: Vec<Identifier>,
    /// Whose voice is on which channel.
    pub affinity: Vec<Affinity>,
    /// Where the file goes.
    pub storage: Option<Storage>,
    /// Where the states of the recording go instead of to the run.
    pub state_callback_uri: Option<String>,
}

impl StartRecording {
    /// Names the call by its server call id; by its connection, as long as that is all that is known of it.
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let server_call_id = posting.server_call_id();
        let call_connection_id = match &server_call_id {
            Some(_) => None,
            None => Some(posting.connection()?),
        };
        let listed = |people: &[Identifier]| (!people.is_empty()).then(|| wire::identifiers(people));
        let affinity = || self.affinity.iter().map(Affinity::wire).collect();
        let body = StartCallRecordingRequest {
            call_locator: server_call_id.map(|id| CallLocator {
                group_call_id: None,
                server_call_id: Some(id),
                room_id: None,
                kind: Some(CallLocatorKind::ServerCallLocator),
            }),
            call_connection_id,
            // Where the states go if this is left out is not established. Source: reference, appendix B.
            recording_state_callback_uri: Some(
                self.state_callback_uri.clone().unwrap_or_else(|| posting.callback_url()),
            ),
            recording_content_type: self.content.as_deref().map(RecordingContentType::parse),
            recording_channel_type: self.channels.as_deref().map(RecordingChannelType::parse),
            recording_format_type: self.format.as_deref().map(RecordingFormatType::parse),
            audio_channel_participant_ordering: listed(&self.ordering),
            channel_affinity: (!self.affinity.is_empty()).then(affinity),
            pause_on_start: Some(self.pause_on_start),
            external_storage: self.storage.as_ref().map(Storage::wire),
        };
        Ok(Operation::StartRecording.request().with_body(&body))
    }
}

/// Whose voice is on which channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Affinity {
    /// 0 to 4.
    pub channel: Option<i32>,
    /// Whose voice.
    pub participant: Identifier,
}

/// Where the file goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// `azureCommunicationServices` or `azureBlobStorage`.
    pub kind: String,
    /// The container, for blob storage.
    pub container_url: Option<String>,
}

impl Affinity {
    fn wire(&self) -> ChannelAffinity {
        ChannelAffinity { channel: self.channel, participant: wire::identifier(&self.participant) }
    }
}

impl Storage {
    fn wire(&self) -> ExternalStorage {
        ExternalStorage {
            recording_storage_kind: RecordingStorageKind::parse(&self.kind),
            recording_destination_container_url: self.container_url.clone(),
        }
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let content = optional(fields, "recordingContentType", found);
        let channels = optional(fields, "recordingChannelType", found);
        let format = optional(fields, "recordingFormatType", found);
        let pause_on_start = optional(fields, "pauseOnStart", found);
        let ordering = optional(fields, "audioChannelParticipantOrdering", found);
        let affinity = fields.get("channelAffinity").map(|entry| affinities(&entry.value, found));
        let storage = fields.get("externalStorage").map(|entry| storage(&entry.value, found));
        let state_callback_uri = url::optional(fields, "recordingStateCallbackUri", &url::WEB, found);
        Some(Written {
            content,
            channels,
            format,
            pause_on_start,
            ordering,
            affinity: match affinity {
                Some(affinity) => affinity?,
                None => Vec::new(),
            },
            storage: match storage {
                Some(storage) => Some(storage?),
                None => None,
            },
            state_callback_uri,
        })
    }

    /// Whether it begins paused, for certain.
    #[must_use]
    pub fn begins_paused(&self) -> bool {
        self.pause_on_start.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<StartRecording, Unfilled> {
        let roots = values.roots;
        let affinity = self.affinity.iter().map(|written| {
            let channel = fill(&written.channel, "channel", roots)?;
            Ok(Affinity {
                channel: channel.and_then(|channel| i32::try_from(channel.0).ok()),
                participant: written.participant.fill("participant", roots)?,
            })
        });
        let storage = self.storage.as_ref().map(|written| {
            Ok(Storage {
                kind: written.kind.fill("recordingStorageKind", roots)?.0,
                container_url: fill(&written.container_url, "recordingDestinationContainerUrl", roots)?,
            })
        });
        Ok(StartRecording {
            content: fill(&self.content, "recordingContentType", roots)?.map(|content| content.0),
            channels: fill(&self.channels, "recordingChannelType", roots)?.map(|channels| channels.0),
            format: fill(&self.format, "recordingFormatType", roots)?.map(|format| format.0),
            pause_on_start: fill(&self.pause_on_start, "pauseOnStart", roots)?.unwrap_or(false),
            ordering: fill(&self.ordering, "audioChannelParticipantOrdering", roots)?
                .map_or_else(Vec::new, |people| people.0),
            affinity: affinity.collect::<Result<_, Unfilled>>()?,
            storage: storage.transpose()?,
            state_callback_uri: fill(&self.state_callback_uri, "recordingStateCallbackUri", roots)?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written {
            content,
            channels,
            format,
            pause_on_start,
            ordering,
            affinity,
            storage,
            state_callback_uri,
        } = self;
        content.visit("recordingContentType", see);
        channels.visit("recordingChannelType", see);
        format.visit("recordingFormatType", see);
        pause_on_start.visit("pauseOnStart", see);
        ordering.visit("audioChannelParticipantOrdering", see);
        for WrittenAffinity { channel, participant } in affinity {
            channel.visit("channel", see);
            participant.visit("participant", see);
        }
        if let Some(WrittenStorage { kind, container_url }) = storage {
            kind.visit("recordingStorageKind", see);
            container_url.visit("recordingDestinationContainerUrl", see);
        }
        state_callback_uri.visit("recordingStateCallbackUri", see);
    }
}

/// The recording that is meant: the latest, if none is named.
pub(super) fn or_latest(recording: &Option<Arg<String>>, values: &Values<'_>) -> Result<String, Unfilled> {
    match recording {
        Some(recording) => recording.fill("recording", values.roots),
        None => values
            .call
            .recording_id
            .clone()
            .ok_or_else(|| Unfilled("`recording`: nothing has been recorded yet".to_owned())),
    }
}

fn affinities(node: &Node, found: &mut Vec<Finding>) -> Option<Vec<WrittenAffinity>> {
    let such_as = "{ channel: 0, participant: \"+14255550123\" }";
    items::read(node, "`channelAffinity`", "channels", such_as, found, affinity)
}

fn affinity(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenAffinity> {
    let mut fields = Fields::of(node, "a channel of `channelAffinity`", found)?;
    let channel = optional(&mut fields, "channel", found);
    let participant = required(&mut fields, "participant", found);
    fields.finish(found);
    Some(WrittenAffinity { channel, participant: participant? })
}

fn storage(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenStorage> {
    let mut fields = Fields::of(node, "`externalStorage`", found)?;
    let kind = required(&mut fields, "recordingStorageKind", found);
    let container_url = url::optional(&mut fields, "recordingDestinationContainerUrl", &url::WEB, found);
    fields.finish(found);
    Some(WrittenStorage { kind: kind?, container_url })
}
