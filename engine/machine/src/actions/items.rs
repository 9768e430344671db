//! Lists of mappings among the arguments of an action.

use lang::{Finding, Kind, Node};

/// Reads a list of at least one, each item with `read`: CF103 if it is none. `of` says what its items are, `such_as`
/// shows one.
pub(super) fn read<T>(
    node: &Node,
    what: &str,
    of: &str,
    such_as: &str,
    found: &mut Vec<Finding>,
    mut read: impl FnMut(&Node, &mut Vec<Finding>) -> Option<T>,
) -> Option<Vec<T>> {
    let items = match &node.kind {
        Kind::List(items) if !items.is_empty() => items,
        Kind::List(_) | Kind::Scalar(_) | Kind::Map(_) => {
            found.push(
                Finding::error(lang::Code(103), node.span, format!("{what} must be a list of {of}"))
                    .label(format!("this is {}", node.describe()))
                    .help(format!("such as `- {such_as}`")),
            );
            return None;
        }
    };
    let read: Vec<_> = items.iter().filter_map(|item| read(item, found)).collect();
    (read.len() == items.len()).then_some(read)
}
