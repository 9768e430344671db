//! What expressions at one place may read, and why not what they may not. Knows no root and no field of any.

use super::types::Type;
use crate::nearest;

/// What expressions at one place may read.
pub trait Scope {
    /// The type of a root as a whole.
    ///
    /// # Errors
    /// There is no such root at this place.
    fn root(&self, name: &str) -> Result<Type, Absent>;

    /// The type of a field of a root that there is.
    ///
    /// # Errors
    /// There is no such field at this place. Nobody minds where the expression asks with `has`.
    fn field(&self, root: &str, field: &str) -> Result<Type, Absent>;
}

/// Why a name is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The headline.
    pub message: String,
    /// A word under the name.
    pub label: String,
    /// Why it matters.
    pub note: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// What is surely meant instead of this name.
    pub meant: Option<String>,
}

impl Absent {
    /// A name that is not there, with a word under it.
    pub fn new(message: impl Into<String>, label: impl Into<String>) -> Absent {
        Absent { message: message.into(), label: label.into(), note: None, help: None, meant: None }
    }

    /// Names the nearest of the names that are there, if one is near; else says what to do.
    #[must_use]
    pub fn near<'k>(
        self,
        name: &str,
        known: impl IntoIterator<Item = &'k str> + Clone,
        otherwise: impl Into<String>,
    ) -> Absent {
        match nearest::nearest(name, known.clone()) {
            Some(near) => Absent {
                help: Some(format!("did you mean `{near}`?")),
                meant: nearest::is_sure(name, known).filter(|sure| *sure == near).map(str::to_owned),
                ..self
            },
            None => self.help(otherwise),
        }
    }

    /// Why it matters.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Absent {
        Absent { note: Some(note.into()), ..self }
    }

    /// What to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Absent {
        Absent { help: Some(help.into()), ..self }
    }
}
