//! `open_enum!`: enumerations of the wire that survive values which are not listed.
//!
//! Every enumeration of the API is declared open, and their spelling has changed between versions.
//! So a value is compared without regard to case, and an unlisted one is kept as it came.
//! Source: reference 2.5, 8.9.

/// Declares an enumeration of texts with one more variant, `Other`, for whatever is not listed.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* #[doc = concat!("`", $text, "` on the wire.")] $variant, )+
            /// A value that is not listed, as it came.
            Other(String),
        }

        impl $name {
            /// Every listed value, in the order of the specification.
            pub const LISTED: &'static [$name] = &[ $( $name::$variant ),+ ];

            /// Reads a value without regard to case. Never fails: an unlisted one becomes `Other`.
            pub fn parse(text: &str) -> $name {
                $( if text.eq_ignore_ascii_case($text) { return $name::$variant; } )+
                $name::Other(text.to_owned())
            }

            /// The spelling of the current version; for `Other` the text as it came.
            pub fn as_str(&self) -> &str {
                match self {
                    $( $name::$variant => $text, )+
                    $name::Other(text) => text,
                }
            }

            /// Whether the specification lists this value.
            pub fn is_listed(&self) -> bool {
                match self {
                    $( $name::$variant )|+ => true,
                    $name::Other(_) => false,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok($name::parse(&text))
            }
        }
    };
}

pub(crate) use open_enum;
