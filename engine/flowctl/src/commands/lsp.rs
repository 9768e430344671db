//! `flowctl lsp`: the language server, for editors.
//!
//! What it answers comes from the crate `editor`, what it finds from `validate`, as everywhere. Here is only the
//! protocol: frames on standard input and output, open documents, and places as editors count them.

use std::io;
use std::sync::mpsc::{TryRecvError, sync_channel};
use std::thread;

use clap::Args;

use super::Ended;
use crate::advice::Advise;
use crate::limits::MESSAGES_WAITING_MAX;
use crate::output;

mod answers;
mod convert;
mod documents;
mod server;
mod wire;

use server::{Server, Then};
use wire::{Frame, write};

/// Serve an editor: findings while you type, completion, hover, definitions, references, renaming
#[derive(Args)]
#[command(
    after_help = "It speaks the Language Server Protocol on standard input and output; an editor starts it.

Neovim (0.11 or later), in init.lua:
  vim.lsp.config.callflow = { cmd = { 'flowctl', 'lsp' }, filetypes = { 'yaml' } }
  vim.lsp.enable('callflow')

Helix, in languages.toml:
  [language-server.callflow]
  command = \"flowctl\"
  args = [\"lsp\"]
  [[language]]
  name = \"yaml\"
  language-servers = [\"callflow\"]

VS Code: any extension that starts a language server by its command, with `flowctl lsp` for YAML files.

The findings are those of `flowctl validate`. Documents that are open in one folder are checked as one set.
Exit status: 0 the editor shut it down, 1 it went away without, 2 what it sent is no message."
)]
pub(crate) struct Arguments {
    /// Standard input and output, which is the only way: editors may say so
    #[arg(long)]
    stdio: bool,
}

/// Runs the command.
///
/// # Errors
/// Standard input or output breaks, or what comes in is no frame of the protocol.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let Arguments { stdio: _ } = arguments;
    let (sender, receiver) = sync_channel(MESSAGES_WAITING_MAX);
    // Reading waits, and while it does the findings are worked out.
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let frame = wire::read(&mut input);
            let is_last = matches!(frame, Ok(Frame::End) | Err(_));
            if sender.send(frame).is_err() || is_last {
                return;
            }
        }
    });
    let mut server = Server::default();
    let answer = |outgoing: &[wire::Outgoing]| -> anyhow::Result<()> {
        outgoing.iter().try_for_each(|one| output::print_bytes(&write(one)))
    };
    loop {
        let frame = match receiver.try_recv() {
            Ok(frame) => frame,
            Err(TryRecvError::Disconnected) => return Ok(server.gone()),
            Err(TryRecvError::Empty) => {
                // Nobody is waiting for anything: time for what has changed.
                answer(&server.publish())?;
                match receiver.recv() {
                    Ok(frame) => frame,
                    Err(_) => return Ok(server.gone()),
                }
            }
        };
        let frame = frame.advise(|| {
            (
                "what came in is no message of the protocol".to_owned(),
                "this command is started by editors; `flowctl lsp --help` says how".to_owned(),
            )
        })?;
        let (outgoing, then) = match frame {
            Frame::End => return Ok(server.gone()),
            Frame::Message(message) => server.take(message),
            Frame::Malformed(why) => (vec![wire::Outgoing::Malformed(why)], Then::GoOn),
        };
        answer(&outgoing)?;
        match then {
            Then::GoOn => {}
            Then::End(ended) => return Ok(ended),
        }
    }
}
