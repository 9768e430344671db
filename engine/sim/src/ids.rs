//! Ids as the service makes them, from a seed, so that a run repeats exactly.
//!
//! Source of the forms: reference 4.1, 6.1. Applications must treat them as opaque.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// How long an incoming call context is. Unit: bytes. Real ones have about 7 KB, and applications must bear them.
const CONTEXT_BYTES: usize = 7_000;

/// Where all ids and all chance come from.
#[derive(Debug)]
pub(crate) struct Ids {
    random: StdRng,
    /// The resource, which is part of its users' ids.
    resource: Uuid,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Ids {
        let mut random = StdRng::seed_from_u64(seed);
        let resource = version_4(&mut random);
        Ids { random, resource }
    }

    pub(crate) fn uuid(&mut self) -> String {
        version_4(&mut self.random).to_string()
    }

    /// A user of the resource, as the application itself is in a call.
    pub(crate) fn user(&mut self) -> String {
        format!("8:acs:{}_{}", self.resource, version_4(&mut self.random))
    }

    /// A call, as base64 of an address; it can hold `/`, `+` and `=`.
    pub(crate) fn server_call_id(&mut self) -> String {
        let id = URL_SAFE_NO_PAD.encode(self.random.random::<[u8; 16]>());
        STANDARD.encode(format!("https://conv.example.net/conv/{id}?i=12&e=638856"))
    }

    /// A recording, as base64url of JSON; its bot is `platform_endpoint`.
    pub(crate) fn recording_id(&mut self, platform_endpoint: &str) -> String {
        let resource_specific = self.uuid();
        URL_SAFE_NO_PAD.encode(format!(
            "{{\"PlatformEndpointId\":\"{platform_endpoint}\",\"ResourceSpecificId\":\"{resource_specific}\"}}"
        ))
    }

    /// What answers, redirects or rejects a call: shaped like a token, and as long as a real one.
    pub(crate) fn incoming_call_context(&mut self) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let id = URL_SAFE_NO_PAD.encode(format!("{{\"cc\":\"{}\"}}", self.uuid()));
        let mut context = format!("{header}.{id}.");
        while context.len() < CONTEXT_BYTES {
            context.push_str(&id);
        }
        context
    }

    /// The next number of a leg's roster: numbers skip (reference 4.6).
    pub(crate) fn sequence_step(&mut self) -> i64 {
        self.random.random_range(1..=2)
    }

    /// Something that happens in `chances` of 100 cases.
    pub(crate) fn draw(&mut self, chances: u32) -> bool {
        self.random.random_range(0..100) < chances
    }
}

fn version_4(random: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(random.random()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let draw = |seed| {
            let mut ids = Ids::new(seed);
            (ids.uuid(), ids.user(), ids.server_call_id(), ids.incoming_call_context())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
