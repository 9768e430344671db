//! Every bound of this crate, with unit and reason.

/// Events in one callback body. Unit: events. Recorded deliveries hold one; batches beyond this are not callbacks.
pub const CALLBACK_EVENTS_MAX: usize = 1_000;

/// Events in one Event Grid body. Unit: events. Source: reference 6.4, batching allows 1 to 5,000.
pub const GRID_EVENTS_MAX: usize = 5_000;

/// What is kept of an error's message. Unit: characters. It goes into journals and logs.
pub const ERROR_MESSAGE_CHARS_MAX: usize = 500;

/// A callback token. Unit: bytes. Real ones have about 1,000; headers this long are not tokens.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// A document of signing keys. Unit: bytes. A key takes about 500.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1024;

/// Keys of one set. Unit: keys. Rotation needs two or three.
pub const KEYS_MAX: usize = 64;

/// A connection string. Unit: bytes. An endpoint and a key take about 200.
pub const CONNECTION_STRING_BYTES_MAX: usize = 4 * 1024;

/// Nesting of causes in an error body that is followed. Unit: levels.
pub const ERROR_DEPTH_MAX: usize = 8;
