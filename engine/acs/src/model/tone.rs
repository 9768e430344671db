//! Keys of a phone: words on the wire, characters for people.

use crate::open_enum::open_enum;

open_enum! {
    /// A key of a phone.
    pub enum Tone {
        Zero = "zero",
        One = "one",
        Two = "two",
        Three = "three",
        Four = "four",
        Five = "five",
        Six = "six",
        Seven = "seven",
        Eight = "eight",
        Nine = "nine",
        A = "a",
        B = "b",
        C = "c",
        D = "d",
        Pound = "pound",
        Asterisk = "asterisk",
    }
}

impl Tone {
    /// The key as people write it: `0` to `9`, `*`, `#`, `A` to `D`. `None` for an unlisted tone.
    pub fn to_char(&self) -> Option<char> {
        match self {
            Tone::Zero => Some('0'),
            Tone::One => Some('1'),
            Tone::Two => Some('2'),
            Tone::Three => Some('3'),
            Tone::Four => Some('4'),
            Tone::Five => Some('5'),
            Tone::Six => Some('6'),
            Tone::Seven => Some('7'),
            Tone::Eight => Some('8'),
            Tone::Nine => Some('9'),
            Tone::A => Some('A'),
            Tone::B => Some('B'),
            Tone::C => Some('C'),
            Tone::D => Some('D'),
            Tone::Pound => Some('#'),
            Tone::Asterisk => Some('*'),
            Tone::Other(_) => None,
        }
    }

    /// The key that people write so; letters in either case. `None` if there is no such key.
    pub fn from_char(key: char) -> Option<Tone> {
        let upper = key.to_ascii_uppercase();
        Tone::LISTED.iter().find(|tone| tone.to_char() == Some(upper)).cloned()
    }
}
