//! Words for a text that is not YAML: what is wrong, why, and what to do.
//!
//! It knows neither the YAML library nor flows, only text and a place in it.

use crate::finding::{Code, Finding, brief};
use crate::source::Span;
use crate::yaml::scene::Scene;
use crate::yaml::tree::Shape;

/// What is wrong, as far as the parser can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A tab where blanks are counted.
    Tab,
    /// A bracket that is open when the text ends.
    UnclosedBracket,
    /// A bracket closed by the other kind.
    MismatchedBracket { close: char },
    /// A closing bracket without an opening one.
    StrayBracket,
    /// Inside brackets, something else than a comma or the closing bracket.
    BracketExpected,
    /// A quote that is open when the text ends.
    UnclosedQuote,
    /// Text behind a closing quote.
    BehindQuote,
    /// Another line than a key of the mapping that is open.
    KeyExpected,
    /// Another line than an item of the list that is open.
    ItemExpected,
    /// A colon where no key can stand.
    StrayColon,
    /// A word without a colon among the keys of a mapping.
    ColonMissing,
    /// A colon without a blank behind it.
    BlankMissing,
    /// A dash on the line of its key.
    DashBehindKey,
    /// A dash inside brackets.
    DashInBrackets,
    /// A character that begins no value.
    BadStart(char),
    /// An alias whose anchor does not exist.
    UnknownAnchor,
    /// `*` or `&` without a name.
    NamelessAnchor,
    /// A value over several lines with a comment inside.
    CommentInside,
    /// A backslash and a letter that mean nothing in double quotes.
    BadEscape,
    /// `%YAML` and the like.
    Directive,
    /// Nothing where a value belongs.
    ValueMissing,
    /// Something rare, in the parser's words.
    Other(String),
}

impl Scene<'_> {
    /// CF001 in plain words.
    pub(super) fn finding(&self, fault: &Fault) -> Finding {
        let here = self.char_at(self.at);
        match fault {
            Fault::Tab => self.tab(),
            Fault::UnclosedBracket => {
                error(here, format!("the bracket `{}` is never closed", self.source.slice(here)))
                    .label("opened here")
            }
            Fault::MismatchedBracket { close } => self.mismatched_bracket(*close),
            Fault::StrayBracket => error(here, format!("`{}` closes no bracket", self.source.slice(here)))
                .label("nothing is open here")
                .help("if it belongs to a text or an expression, put the whole value in quotes"),
            Fault::BracketExpected => self.bracket_expected(),
            Fault::UnclosedQuote => {
                let quote = self.source.slice(here);
                error(here, format!("the quote {quote} is never closed"))
                    .label("opened here")
                    .help(format!("close it with {quote}; inside single quotes, write a single quote twice"))
            }
            Fault::BehindQuote => self.behind_quote(),
            Fault::KeyExpected | Fault::ItemExpected => self.indentation(),
            Fault::StrayColon => self.stray_colon(),
            Fault::ColonMissing => self.colon_missing(self.line_content(self.at)),
            Fault::BlankMissing => error(here, "a blank is missing behind `:`")
                .label("expected a blank")
                .help("write `key: value`"),
            Fault::DashBehindKey => error(here, "a list cannot begin on the line of its key")
                .label("an item of a list begins a line")
                .help("put each `- ` on a line of its own, or write the list in brackets: `[a, b]`"),
            Fault::DashInBrackets => error(here, "`- ` stands inside brackets")
                .label("unexpected dash")
                .help("inside brackets, items are divided by commas: `[a, b]`"),
            Fault::BadStart(character) => self.bad_start(*character),
            Fault::UnknownAnchor => self.unknown_anchor(),
            Fault::NamelessAnchor => self.nameless_anchor(),
            Fault::CommentInside => error(here, "a comment interrupts a value over several lines")
                .label("the value goes on behind this comment")
                .help("move the comment above the value, or put the value in quotes if `#` belongs to it"),
            Fault::BadEscape => self.bad_escape(),
            Fault::Directive => error(self.line_content(self.at), "directives are not part of a flow")
                .label("a directive")
                .help("leave the line out"),
            Fault::ValueMissing => self.value_missing(),
            Fault::Other(words) => error(here, format!("this is not YAML: {words}")),
        }
    }

    fn tab(&self) -> Finding {
        // The parser may point behind the tab, or at the end of the line above it.
        let line = self.text()[..self.at].rfind('\n').map_or(0, |newline| newline + 1);
        let start = self.text()[line..].find('\t').map_or(self.at, |found| line + found);
        let tabs = self.text()[start..].bytes().take_while(|b| *b == b'\t').count();
        error(Span::new(start, start + tabs.max(1)), "a tab stands where the line is indented")
            .label("a tab")
            .note("YAML tells by the number of blanks what belongs to what, and a tab has no width")
            .help("indent with spaces")
    }

    fn mismatched_bracket(&self, close: char) -> Finding {
        let here = self.char_at(self.at);
        let closing = self.text()[self.reached..].find(close);
        let closing = closing.map_or(here, |found| self.char_at(self.reached + found));
        let finding = error(closing, format!("`{close}` closes a bracket of the other kind"))
            .label("the wrong bracket");
        match self.bracket {
            Some(open) if open.start < closing.start => {
                finding.related(self.char_at(open.start), "opened here")
            }
            Some(_) | None => finding,
        }
    }

    /// A line that goes on as if a bracket above were closed, or a colon inside a text.
    fn bracket_expected(&self) -> Finding {
        let content = self.line_content(self.at);
        let Some(open) = self.bracket else {
            return error(self.char_at(self.at), "expected `,` or a closing bracket").label("unexpected");
        };
        let opening = self.char_at(open.start);
        let close = if self.source.slice(opening) == "[" { ']' } else { '}' };
        let is_later_line = opening.start < content.start;
        let place = if is_later_line { content } else { self.char_at(self.at) };
        let finding =
            error(place, format!("expected `,` or `{close}`")).related(opening, "the bracket opened here");
        if is_later_line {
            finding
                .label(format!("`{close}` is missing in front of this"))
                .help(format!("close the bracket with `{close}`"))
        } else {
            finding.label("unexpected").help("a text with `: `, `,` or brackets in it must stand in quotes")
        }
    }

    fn bad_escape(&self) -> Finding {
        let place = self.escape_of_nothing().unwrap_or_else(|| self.char_at(self.at));
        error(place, format!("`{}` means nothing in double quotes", self.source.slice(place)))
            .label("unknown escape")
            .help("write `\\\\` for a backslash, or use single quotes, in which it stands for itself")
    }

    /// The first backslash behind the opening quote that escapes nothing.
    fn escape_of_nothing(&self) -> Option<Span> {
        let mut characters = self.text()[self.at..].char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            match character {
                '\\' => {
                    let (next, escaped) = characters.next()?;
                    let digits = match escaped {
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        _ if "0abtnvfre \"/\\N_LP\t\n\r".contains(escaped) => 0,
                        _ => return Some(Span::new(self.at + offset, self.at + next + escaped.len_utf8())),
                    };
                    let rest = self.text()[self.at + next..].chars().skip(1).take(digits);
                    if rest.filter(char::is_ascii_hexdigit).count() < digits {
                        return Some(Span::new(self.at + offset, self.at + next + 1));
                    }
                }
                '"' => return None,
                _ => {}
            }
        }
        None
    }

    /// `when: "a" == "b"`, `'it's'`, or a quote that was never closed and meets the next one.
    fn behind_quote(&self) -> Finding {
        let content = self.line_content(self.at);
        let rest = Span::new(self.at, content.end);
        let finding =
            error(rest, "text stands behind a closing quote").label("does not belong to the value any more");
        let Some(found) = self.text()[self.reached..self.at].find(['"', '\'']) else { return finding };
        let opening = self.char_at(self.reached + found);
        let finding = finding.related(opening, "the value begins with this quote");
        if opening.start < content.start {
            return finding
                .help("close the quote on its own line, or put the text into the other kind of quotes");
        }
        let whole = Span::new(opening.start, content.end);
        let shown = self.source.slice(whole);
        let is_expression =
            ["==", "!=", "&&", "||", "<", ">", " + ", " in ", "?"].iter().any(|sign| shown.contains(sign));
        if !is_expression || self.bracket.is_some() || shown.contains(" #") {
            return finding
                .help("put the whole value in quotes; inside single quotes, write a single quote twice");
        }
        let quoted = format!("'{}'", shown.replace('\'', "''"));
        finding.help(format!("quote the whole expression: `{}`", brief(&quoted))).fix(whole, quoted)
    }

    /// A line whose indentation fits neither the mapping or list that is open nor one around it.
    fn indentation(&self) -> Finding {
        let content = self.line_content(self.at);
        let Some((shape, first)) = self.block else {
            return error(content, "this line is indented like nothing above it")
                .label("unexpected indentation");
        };
        let first = self.word(first.start);
        let is_item = matches!(self.source.slice(content).as_bytes(), [b'-'] | [b'-', b' ' | b'\t', ..]);
        let aligned = self.source.place(first.start).column == self.source.place(content.start).column;
        match (shape, is_item) {
            (Shape::Map, true) => error(content, "an item of a list stands among the keys of a mapping")
                .label("expected `key: value`")
                .related(first, "the mapping begins here")
                .help("indent the list under its key, or leave out the dash"),
            (Shape::List, false) if aligned => error(content, "a key stands among the items of a list")
                .label("expected `- `")
                .related(first, "the list begins here")
                .help("begin the line with `- `, or indent it like the key that it belongs to"),
            (Shape::Map | Shape::List, _) => {
                let column = self.source.place(first.start).column;
                error(content, "this line is indented like nothing above it")
                    .label(format!("expected to begin in column {column}, or in that of a line further out"))
                    .related(first, "this is what it would continue")
                    .help("lines that belong together begin in the same column")
            }
        }
    }

    /// `a: b: c`, a key below a value, or a line above that has no colon.
    fn stray_colon(&self) -> Finding {
        let content = self.line_content(self.at);
        let colon = self.char_at(self.at);
        let before = &self.text()[content.start..self.at.max(content.start)];
        if before.contains(": ") {
            return error(colon, "a second `: ` stands in one line")
                .label("this colon would begin another mapping")
                .help("put the value in quotes if the colon belongs to it");
        }
        match self.line_above(content.start) {
            Some(above) if !is_pair(self.source.slice(above)) => self.colon_missing(above),
            Some(above) => error(content, "this line is indented like nothing above it")
                .label("a key cannot stand below a value")
                .related(above, "this key has its value already")
                .help("indent the line like the key above, or leave that key without a value of its own"),
            None => error(colon, "a colon stands where no key can be").label("unexpected colon"),
        }
    }

    fn colon_missing(&self, line: Span) -> Finding {
        let shown = self.source.slice(line);
        let name = brief(shown.split(':').next().unwrap_or_default());
        match shown.split_once(':') {
            Some((key, value)) if !value.is_empty() && !value.starts_with(char::is_whitespace) => {
                let colon = line.start + key.len();
                error(Span::new(line.start, colon + 1), format!("a blank is missing behind `{name}:`"))
                    .label("without a blank, the colon belongs to the word")
                    .help("write `key: value`")
                    .fix(Span::new(colon, colon + 1), ": ")
            }
            Some(_) | None => error(line, "a colon is missing in this line")
                .label("expected `key: value`")
                .help("write `:` and a blank behind the key"),
        }
    }

    fn bad_start(&self, character: char) -> Finding {
        let here = self.char_at(self.at);
        if character.is_control() || matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            let code = u32::from(character);
            // The parser points at the beginning of the word; such a character may stand nowhere, so it is the next.
            let ahead = self.text()[here.start..].find(character).unwrap_or_default();
            let here = self.char_at(here.start + ahead);
            return error(here, format!("the control character U+{code:04X} does not belong in a text"))
                .label("here")
                .help("remove it; in double quotes it may be written as an escape");
        }
        let shown = if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") };
        error(here, format!("a value cannot begin with {shown}"))
            .label("reserved by YAML")
            .help("put the whole value in quotes")
    }

    fn unknown_anchor(&self) -> Finding {
        let token = self.word(self.at);
        let shown = brief(self.source.slice(token));
        // A colon may be part of a name, so the key `*:` is an alias to the parser.
        if shown == "*:" {
            return self.nameless_anchor();
        }
        error(token, format!("no value above is marked `&{}`", shown.trim_start_matches('*')))
            .label("refers to nothing")
            .help(format!("if it is meant as text, put it in quotes: `\"{shown}\"`"))
    }

    fn nameless_anchor(&self) -> Finding {
        let sign = self.char_at(self.at);
        let quoted = format!("\"{}\"", self.source.slice(sign));
        error(sign, "`*` and `&` need a name behind them")
            .label("begins an alias or an anchor")
            .help(format!("if it is meant as text, put it in quotes: `{quoted}`"))
    }

    fn value_missing(&self) -> Finding {
        let here = self.char_at(self.at);
        match self.source.slice(here) {
            "," => error(here, "a value is missing in front of `,`")
                .label("expected a value")
                .help("remove the comma, or put the value in quotes if it begins with one"),
            "" => error(here, "the text ends where a value belongs").label("expected a value"),
            shown => error(here, format!("expected a value, found `{shown}`")).label("expected a value"),
        }
    }
}

/// Whether a line has a key and a colon.
fn is_pair(line: &str) -> bool {
    line.contains(": ") || line.ends_with(':')
}

fn error(span: Span, message: impl Into<String>) -> Finding {
    Finding::error(Code(1), span, message)
}
