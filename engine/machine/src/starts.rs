//! Which flow takes an incoming call: the most specific one that matches.

use lang::Identifier;

use crate::flow::Flow;

/// Whom a start condition names: one identifier, or all that begin alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// This one, by its printed form.
    Exact(String),
    /// All whose printed form begins like this.
    Prefix(String),
}

/// How closely a pattern fits. A greater one wins: exact, then the longer prefix, then none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// No condition was written.
    Anyone,
    /// A prefix of this many bytes.
    Prefix(usize),
    /// The very identifier.
    Exact,
}

/// Whose calls to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncomingPattern {
    /// Who is called; empty: anyone.
    pub to: Vec<Pattern>,
    /// Who calls; empty: anyone.
    pub from: Vec<Pattern>,
}

impl Pattern {
    /// Reads `prefix*` or an identifier.
    ///
    /// # Errors
    /// It is neither; the text says why.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        match text.strip_suffix('*') {
            Some("") => Err("leave the key out to mean anyone".to_owned()),
            Some(prefix) if prefix.contains('*') => Err("a `*` may stand at the end only".to_owned()),
            Some(prefix) => Ok(Pattern::Prefix(prefix.to_owned())),
            None => Identifier::parse(text).map(|identifier| Pattern::Exact(identifier.to_string())),
        }
    }

    fn fit(&self, identifier: &str) -> Option<Fit> {
        match self {
            Pattern::Exact(exact) => (exact == identifier).then_some(Fit::Exact),
            Pattern::Prefix(prefix) => {
                identifier.starts_with(prefix.as_str()).then_some(Fit::Prefix(prefix.len()))
            }
        }
    }

    /// How closely it fits whatever it fits.
    #[must_use]
    pub fn closeness(&self) -> Fit {
        match self {
            Pattern::Exact(_) => Fit::Exact,
            Pattern::Prefix(prefix) => Fit::Prefix(prefix.len()),
        }
    }
}

impl IncomingPattern {
    /// How closely a call fits: by who is called first, then by who calls. `None`: not at all.
    #[must_use]
    pub fn fit(&self, from: &Identifier, to: &Identifier) -> Option<(Fit, Fit)> {
        Some((best(&self.to, to)?, best(&self.from, from)?))
    }

    /// Whether some call would fit both equally closely: clarification 37.
    #[must_use]
    pub fn ties_with(&self, other: &IncomingPattern) -> bool {
        let tie = |a: &[Pattern], b: &[Pattern]| {
            (a.is_empty() && b.is_empty()) || a.iter().any(|one| b.contains(one))
        };
        tie(&self.to, &other.to) && tie(&self.from, &other.from)
    }
}

fn best(patterns: &[Pattern], identifier: &Identifier) -> Option<Fit> {
    if patterns.is_empty() {
        return Some(Fit::Anyone);
    }
    // A raw id and an E.164 number name the same phone.
    let [printed, raw] = [identifier.to_string(), identifier.raw_id()];
    patterns.iter().filter_map(|pattern| pattern.fit(&printed).or_else(|| pattern.fit(&raw))).max()
}

/// The flow that takes a call, among those whose own condition (`start.incoming.when`) holds.
pub fn choose<'f>(
    flows: impl IntoIterator<Item = &'f Flow>,
    from: &Identifier,
    to: &Identifier,
    holds: impl Fn(&Flow) -> bool,
) -> Option<&'f Flow> {
    let mut fitting: Vec<_> = flows
        .into_iter()
        .filter_map(|flow| Some((flow.incoming()?.pattern.fit(from, to)?, flow)))
        .filter(|(_, flow)| holds(flow))
        .collect();
    fitting.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name().cmp(b.1.name())));
    fitting.first().map(|(_, flow)| *flow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(to: &[&str], called: &str) -> Option<Fit> {
        let patterns: Vec<_> = to.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
        best(&patterns, &Identifier::parse(called).ok()?)
    }

    #[test]
    fn the_closest_pattern_counts() {
        assert_eq!(fit(&[], "+18005550100"), Some(Fit::Anyone));
        assert_eq!(fit(&["+1800*", "+1*"], "+18005550100"), Some(Fit::Prefix(5)));
        assert_eq!(fit(&["+1800*", "+18005550100"], "+18005550100"), Some(Fit::Exact));
        assert_eq!(fit(&["+49*"], "+18005550100"), None);
        assert_eq!(fit(&["8:acs:*"], "8:acs:1_2"), Some(Fit::Prefix(6)));
    }

    #[test]
    fn patterns_must_mean_something() {
        assert!(Pattern::parse("*").is_err());
        assert!(Pattern::parse("+1*2*").is_err());
        assert!(Pattern::parse("sales").is_err());
    }
}
