//! The secret of one data folder, and what is derived from it: tokens in callback URLs and hashes of event ids.
//!
//! A token names a run and can be neither guessed nor forged. Knows no HTTP and no store.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngCore;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;
use uuid::Uuid;

use crate::files;
use crate::store::RunId;

/// The file of the secret, in the data folder.
const FILE: &str = "key";
/// Unit: bytes. As long as the hash that uses it.
const KEY_BYTES: usize = 32;
/// Unit: bytes. 128 bits cannot be guessed, and keep the URL short.
const MAC_BYTES: usize = 16;
const RUN_BYTES: usize = 16;

/// Makes and reads tokens. Its `Debug` shows nothing.
pub(crate) struct Tokens {
    key: Zeroizing<[u8; KEY_BYTES]>,
}

/// Why the secret of a data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("cannot read or create `{path}`; the service must be allowed to write there")]
    Access {
        /// The file.
        path: PathBuf,
        /// What failed.
        #[source]
        cause: io::Error,
    },
    /// The file is not one that we made.
    #[error(
        "`{path}` is not a key of {KEY_BYTES} bytes; restore it, since live calls are called back with it"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

impl Tokens {
    /// Reads the secret of a data folder, or makes one at the first start.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub(crate) fn open(data: &Path) -> Result<Tokens, KeyError> {
        let path = data.join(FILE);
        let access = |cause| KeyError::Access { path: path.clone(), cause };
        match File::open(&path) {
            Ok(file) => read(file, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = Zeroizing::new([0; KEY_BYTES]);
                rand::rng().fill_bytes(key.as_mut());
                files::create(&path, key.as_ref()).map_err(access)?;
                // Whoever was faster wins: what is in the file is the key.
                read(File::open(&path).map_err(access)?, &path)
            }
            Err(error) => Err(access(error)),
        }
    }

    /// The token of a run.
    pub(crate) fn token(&self, run: RunId) -> String {
        let mut bytes = [0; RUN_BYTES + MAC_BYTES];
        bytes[..RUN_BYTES].copy_from_slice(run.0.as_bytes());
        bytes[RUN_BYTES..]
            .copy_from_slice(&self.mac("token", &[run.0.as_bytes()]).finalize().into_bytes()[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The run that a token names; `None` if it is not one of ours.
    pub(crate) fn run_of(&self, token: &str) -> Option<RunId> {
        let bytes: [u8; RUN_BYTES + MAC_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (run, mac) = bytes.split_at(RUN_BYTES);
        self.mac("token", &[run]).verify_truncated_left(mac).ok()?;
        Some(RunId(Uuid::from_slice(run).ok()?))
    }

    /// A short name of an event, by which a run recognises that it was delivered before.
    pub(crate) fn hash(&self, parts: &[&str]) -> u64 {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let hash = self.mac("event", &parts).finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        u64::from_le_bytes(first)
    }

    /// Each part with its length before it, so that no two lists of parts are the same bytes.
    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_ref()).expect("HMAC takes keys of any length");
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

fn read(file: File, path: &Path) -> Result<Tokens, KeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
    // One byte more than a key has, to notice a file that is none.
    file.take(KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| KeyError::Access { path: path.to_owned(), cause })?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    let key = key.map_err(|_| KeyError::Damaged { path: path.to_owned() })?;
    Ok(Tokens { key: Zeroizing::new(key) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tokens_name_their_run_and_cannot_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(folder.path()).unwrap();
        let run = RunId(Uuid::from_u128(7));
        let token = tokens.token(run);
        assert_eq!(token.len(), 43);
        assert_eq!(tokens.run_of(&token), Some(run));
        assert_eq!(Tokens::open(folder.path()).unwrap().token(run), token, "the same after a restart");

        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(Tokens::open(elsewhere.path()).unwrap().run_of(&token), None, "another folder's token");
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(tokens.run_of(std::str::from_utf8(&changed).unwrap()), None, "changed at {at}");
        }
        for wrong in ["", "A", &format!("{token}A"), "../../etc", "ä"] {
            assert_eq!(tokens.run_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashes_keep_parts_apart() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(folder.path()).unwrap();
        assert_eq!(tokens.hash(&["a", "b"]), tokens.hash(&["a", "b"]));
        assert_ne!(tokens.hash(&["a", "b"]), tokens.hash(&["ab", ""]));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        Tokens::open(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(matches!(Tokens::open(folder.path()), Err(KeyError::Damaged { .. })));
    }
}
