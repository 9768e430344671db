//! What there is to say about every finding of one code. Knows no rule and no flow.

use crate::finding::{Code, Severity};

/// The page of a code: what `explain` prints, and where every list of codes comes from.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code.
    pub code: Code,
    /// The stem of the rule's files, with dashes.
    pub name: &'static str,
    /// How bad a finding is, if nothing in the flow makes it worse.
    pub severity: Severity,
    /// What it finds, in one line without a full stop.
    pub summary: &'static str,
    /// The whole page, in Markdown.
    pub text: &'static str,
}

/// What stands before the summary in the first line of a page.
const TITLE: &str = "# CF000: ";

impl Page {
    /// A page from its text, whose first line is `# CF402: ` and the summary.
    ///
    /// # Panics
    /// The first line is shorter than that: found out when a table of pages is compiled.
    #[must_use]
    pub const fn new(code: Code, name: &'static str, severity: Severity, text: &'static str) -> Page {
        let mut end = 0;
        while end < text.len() && text.as_bytes()[end] != b'\n' {
            end += 1;
        }
        let (title, _) = text.split_at(end);
        let (_, summary) = title.split_at(TITLE.len());
        Page { code, name, severity, summary, text }
    }

    /// What stands under a heading.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let mut sections = self.text.split("\n## ").skip(1);
        let section = sections.find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
        section.map(str::trim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_parts() {
        let text = "# CF402: a failure that nothing handles\n\n## What it finds\n\nOne.\nTwo.\n\n## Wrong\n\nThree.\n";
        let page = Page::new(Code(402), "failure-unhandled", Severity::Error, text);
        assert_eq!(page.summary, "a failure that nothing handles");
        assert_eq!(page.section("What it finds"), Some("One.\nTwo."));
        assert_eq!(page.section("Wrong"), Some("Three."));
        assert_eq!(page.section("What it"), None);
    }
}
