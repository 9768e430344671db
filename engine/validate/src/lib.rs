//! Proves flows sound, or says what is wrong with them.
