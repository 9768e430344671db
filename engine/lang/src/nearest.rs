//! "Did you mean": the known name that somebody meant. Knows nothing of where names come from.

/// Unit: characters. Longer names are compared with nothing: the cost is the product of the lengths.
const NAME_CHARS_MAX: usize = 64;

/// The known name that is nearest to this one, if any is near enough to be worth naming.
///
/// A name that differs only in case, dashes and underscores is nearest of all; of equally near
/// ones the first wins.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if is_long(name) {
        return None;
    }
    let folded = fold(name);
    let within = threshold(name);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.into_iter().filter(|candidate| !is_long(candidate)) {
        if candidate == name {
            return Some(candidate);
        }
        let other = fold(candidate);
        let distance = if other == folded { 0 } else { strsim::damerau_levenshtein(&folded, &other).max(1) };
        if distance <= within && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The known name that is surely meant: the only one at distance 1 or with other case.
pub fn is_sure<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if is_long(name) {
        return None;
    }
    let mut near = known.into_iter().filter(|candidate| {
        !is_long(candidate) && (differs_in_case(name, candidate) || is_one_slip(name, candidate))
    });
    let first = near.next()?;
    near.all(|other| other == first).then_some(first)
}

fn differs_in_case(name: &str, other: &str) -> bool {
    name.to_lowercase() == other.to_lowercase()
}

/// One slip makes any single letter any other, so the shortest names prove nothing.
fn is_one_slip(name: &str, other: &str) -> bool {
    name.chars().count().max(other.chars().count()) > 2 && strsim::damerau_levenshtein(name, other) == 1
}

fn is_long(name: &str) -> bool {
    name.chars().nth(NAME_CHARS_MAX).is_some()
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

fn threshold(name: &str) -> usize {
    match name.chars().count() {
        0 | 1 => 0,
        2..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_meant() {
        for (name, known, expected, sure) in [
            ("menuu", &["menu", "main"][..], Some("menu"), true),
            ("callDisconnected", &["CallConnected", "CallDisconnected"], Some("CallDisconnected"), true),
            ("call-connected", &["CallConnected"], Some("CallConnected"), false),
            ("tetx", &["text", "file"], Some("text"), true),
            ("tex", &["text", "tax"], Some("text"), false),
            ("goot", &["goto"], Some("goto"), true),
            ("a", &["b"], None, false),
            ("initail", &["initial"], Some("initial"), true),
            ("zebra", &["goto", "end"], None, false),
            ("", &["goto"], None, false),
        ] {
            assert_eq!(nearest(name, known.iter().copied()), expected, "{name}");
            assert_eq!(is_sure(name, known.iter().copied()).is_some(), sure, "{name}");
        }
    }

    #[test]
    fn long_names_cost_nothing() {
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, ["xx"]), None);
        assert_eq!(is_sure("xx", [long.as_str()]), None);
    }
}
