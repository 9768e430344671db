//! Enumerations of recordings.
//!
//! Event Grid and earlier versions write them in PascalCase; comparison is without regard to case.

use crate::open_enum::open_enum;

open_enum! {
    /// Whether a recording runs.
    pub enum RecordingState {
        Active = "active",
        Inactive = "inactive",
    }
}

open_enum! {
    /// Who records.
    pub enum RecordingKind {
        AzureCommunicationServices = "azureCommunicationServices",
        Teams = "teams",
        TeamsCompliance = "teamsCompliance",
    }
}

open_enum! {
    /// What is recorded.
    pub enum RecordingContentType {
        Audio = "audio",
        AudioVideo = "audioVideo",
    }
}

open_enum! {
    /// Whether people are recorded together or each for themselves.
    pub enum RecordingChannelType {
        Mixed = "mixed",
        Unmixed = "unmixed",
    }
}

open_enum! {
    /// The format of the file.
    pub enum RecordingFormatType {
        Wav = "wav",
        Mp3 = "mp3",
        Mp4 = "mp4",
    }
}

open_enum! {
    /// Where the file goes.
    pub enum RecordingStorageKind {
        AzureCommunicationServices = "azureCommunicationServices",
        AzureBlobStorage = "azureBlobStorage",
    }
}
