//! What an editor asks of a flow while somebody types: a text and a place in, answers out.
//!
//! Knows no protocol of editors, no file and no clock. What is wrong with a flow is said by `validate` alone, what may
//! be written by the shapes of `machine`: here both are only looked up for a place.

mod beside;
mod completion;
mod document;
mod elsewhere;
mod explain;
mod findings;
mod hover;
mod lenient;
mod limits;
mod names;
mod references;
mod rename;
mod slot;
mod symbols;
mod text;

pub use beside::Beside;
pub use completion::{Item, ItemKind, complete};
pub use document::Document;
pub use elsewhere::{Elsewhere, elsewhere, given};
pub use findings::{Diagnostic, QuickFix, quick_fixes};
pub use hover::{Hover, hover};
pub use references::{Reference, definition, references};
pub use rename::{prepare, rename};
pub use slot::Named;
pub use symbols::{Outline, OutlineKind, outline};
pub use text::{Lines, Position, Units};
