//! Every bound of this crate: name, unit, reason.

/// Unit: bytes. A flow of a thousand states is a tenth of it.
pub const SOURCE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Unit: bytes of a file that is formatted, which takes two hundred times its size in memory at worst. A flow of
/// ten thousand states.
pub const FORMATTED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Unit: times that a text is formatted until nothing changes any more. The second is nearly always the last.
pub const FORMATTING_ROUNDS_MAX: usize = 4;
/// Unit: characters in front of a block. The formatter counts them in the bits of a number of 64.
pub const INDENTATION_MAX: usize = 64;
/// Unit: characters of a line. What is written in brackets is broken over lines beyond it.
pub const LINE_CHARS_MAX: usize = 120;
/// Unit: comments in a row above one value.
pub const COMMENTS_IN_A_ROW_MAX: usize = 100_000;
/// Unit: levels of mappings and lists. Deeper is no flow, and recursion must be bounded.
pub const DEPTH_MAX: usize = 64;
/// Unit: keys and values as they are written. Ten thousand states of forty each, and a quarter more.
pub const NODES_MAX: usize = 500_000;
/// Unit: keys and values that aliases add. What a bomb multiplies.
pub const ALIASED_NODES_MAX: usize = 100_000;
/// Unit: bytes of scalars that aliases add. What a bomb of long scalars multiplies: no more than another file.
pub const ALIASED_BYTES_MAX: usize = SOURCE_BYTES_MAX;
/// Unit: anchors in a file. Each keeps the way to what it names.
pub const ANCHORS_MAX: usize = 10_000;
/// Unit: findings of one file that are told. Nobody reads as many, and a hostile file has a hundred thousand.
pub const FINDINGS_MAX: usize = 1_000;
/// Unit: bytes of one expression.
pub const EXPRESSION_BYTES_MAX: usize = 4 * 1024;
/// Unit: nodes of one parsed expression; left-nested chains count too.
pub const EXPRESSION_NODES_MAX: usize = 256;
/// Unit: levels of one parsed expression, in either direction.
pub const EXPRESSION_DEPTH_MAX: usize = 32;
/// Unit: bytes of any text that an expression makes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Unit: time. A call lives hours; far below what a timestamp can add without overflow.
pub const DURATION_MAX: std::time::Duration = std::time::Duration::from_secs(366 * 24 * 3600);
/// Unit: steps of one evaluation: a node, an item looked at, 64 bytes of text read or made. A guard takes ten.
pub const EXPRESSION_STEPS_MAX: u32 = 10_000;
/// Unit: bytes of a compiled pattern. `\w{1,20}` takes most of it, `(a{1000}){1000}` far more.
pub const PATTERN_BYTES_MAX: usize = 1024 * 1024;
/// Unit: levels of lists and maps in a value that an expression makes. What a snapshot can hold and read back.
pub const VALUE_DEPTH_MAX: usize = 64;
/// Unit: bytes of a list or map that an expression makes, shared parts counted each time. What a loop of
/// `[vars.x, vars.x]` doubles.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;
