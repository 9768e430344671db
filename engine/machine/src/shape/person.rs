//! The long form of an identifier. Its reader is [`lang::Identifier::read`].

use super::{Key, Rule, Shape, Wants};

/// A person or an application, by the kind of identifier.
pub static PERSON: Shape = Shape {
    name: "person",
    description: "A person or an application, by the kind of identifier.",
    keys: &[&[
        Key::new("phone", "A phone number with its country code.", Wants::Text).example("+14255550123"),
        Key::new("user", "A communication user.", Wants::Text).example("8:acs:4e6f_0b12"),
        Key::new("teamsUser", "A Teams user, by a GUID or a raw id.", Wants::Text)
            .example("6871c821-ef44-5b23-8b34-1575280b7ccd"),
        Key::new("teamsApp", "A Teams application such as a call queue, by a GUID or a raw id.", Wants::Text)
            .example("6871c821-ef44-5b23-8b34-1575280b7ccd"),
        Key::new("rawId", "Whoever has this raw id.", Wants::Text).example("4:anonymous"),
    ]],
    rules: &[Rule::ExactlyOne(&["phone", "user", "teamsUser", "teamsApp", "rawId"])],
};
