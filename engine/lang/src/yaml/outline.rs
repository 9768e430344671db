//! A text without its layout: what must be the same before and after it is laid out anew.

use crate::node::Style;

/// One thing that a text holds, in the order of the text. Tags are not among them: no flow has any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A key or a value.
    Scalar {
        /// The text, unescaped and unfolded.
        text: String,
        /// How it is written.
        style: Style,
        /// The number of its anchor; 0 if it has none.
        anchor: usize,
    },
    /// A list begins.
    List {
        /// As above.
        anchor: usize,
    },
    /// A mapping begins.
    Map {
        /// As above.
        anchor: usize,
    },
    /// The innermost list or mapping ends.
    Close,
    /// What has this anchor stands here, too.
    Alias {
        /// As above, never 0.
        anchor: usize,
    },
    /// A comment, with its `#`.
    Comment(String),
}
