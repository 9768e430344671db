//! Which state a name means. Knows neither drafts nor flows, so that editors ask it of a flow that is half typed.

/// Looks a name up among the owner's children, then its siblings, then outward (clarification 32); `parent.child`
/// goes inward from there. `owner`: the state that the name is written in; `None`: the flow itself. `around`: the state
/// around one, or the flow (`Some(None)`); `None`, where names mean nothing further out.
///
/// The states that the name leads through, the one that it means last. Empty: there is no such state.
pub fn find<Id: Copy>(
    name: &str,
    owner: Option<Id>,
    child: impl Fn(Option<Id>, &str) -> Option<Id>,
    around: impl Fn(Id) -> Option<Option<Id>>,
) -> Vec<Id> {
    let mut segments = name.split('.');
    let first = segments.next().unwrap_or_default();
    let mut scope = owner;
    let start = loop {
        if let Some(id) = child(scope, first) {
            break id;
        }
        match scope.and_then(&around) {
            Some(outer) => scope = outer,
            None => return Vec::new(),
        }
    };
    let mut way = vec![start];
    for segment in segments {
        let Some(next) = way.last().and_then(|state| child(Some(*state), segment)) else { return Vec::new() };
        way.push(next);
    }
    way
}
