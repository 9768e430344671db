//! What single values mean: text, numbers, durations, names, phone numbers, people.
//!
//! Each reader takes a node and says what is wrong with it. None knows which field it reads.

pub mod duration;
pub mod identifier;
pub mod misread;
pub mod name;
pub mod phone;
pub mod scalar;
mod written;

pub use duration::{duration, format_duration, parse_duration};
pub use identifier::{Cloud, Identifier};
pub use misread::misread;
pub use name::{Pattern, name};
pub use phone::{Phone, masked};
pub use scalar::{boolean, check_texts, integer, number, text};
