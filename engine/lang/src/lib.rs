//! Text to tree, expressions, findings. Knows no call, no event and no action.
//!
//! A [`Source`] is read into a [`Node`] tree in which every key and value keeps its place;
//! what is wrong is a list of [`Finding`]s, never a panic and never only the first.

pub mod expr;
pub mod fields;
pub mod finding;
pub mod fix;
pub mod format;
pub mod limits;
pub mod nearest;
pub mod node;
pub mod page;
pub mod render;
pub mod source;
pub mod value;
pub mod yaml;

pub use expr::{Expr, NoRoots, Roots, Template, Value};
pub use fields::Fields;
pub use finding::{Code, Finding, Fix, Label, Severity};
pub use node::{Entry, Kind, Node, Scalar, Spanned, Style};
pub use page::Page;
pub use source::{Place, Source, Span};
pub use value::{Identifier, Phone};
