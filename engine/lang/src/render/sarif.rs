//! Findings for code-scanning services: SARIF 2.1.0, one run for all files.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0; the numbers are its sections.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::words;
use crate::finding::{Finding, Fix, Report, Severity};
use crate::page::Page;
use crate::source::{Source, Span};

/// Who found it, and everything that it looks for.
#[derive(Clone, Copy, Debug)]
pub struct Tool<'t> {
    /// The name of the program.
    pub name: &'t str,
    /// Its version.
    pub version: &'t str,
    /// The page of each code.
    pub pages: &'t [Page],
}

/// All findings as one SARIF log. Lines and columns count from 1; columns are characters.
#[must_use]
pub fn sarif(reports: &[Report], tool: Tool<'_>) -> String {
    let results = reports
        .iter()
        .flat_map(|report| report.found.iter().map(|found| ResultObject::of(&report.source, found, tool)));
    let driver =
        Driver { name: tool.name, version: tool.version, rules: tool.pages.iter().map(Rule::of).collect() };
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: ToolObject { driver },
            column_kind: "unicodeCodePoints",
            results: results.collect(),
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).expect("texts and numbers always serialise");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Log<'t> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'t>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'t> {
    tool: ToolObject<'t>,
    column_kind: &'static str,
    results: Vec<ResultObject>,
}

#[derive(Serialize)]
struct ToolObject<'t> {
    driver: Driver<'t>,
}

#[derive(Serialize)]
struct Driver<'t> {
    name: &'t str,
    version: &'t str,
    rules: Vec<Rule<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'t> {
    id: String,
    name: &'t str,
    short_description: Described<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Described<'t>>,
    help: Described<'t>,
    default_configuration: Configuration,
}

/// The texts of a rule are shown as they are: nothing is filled in, so that braces need no escape.
#[derive(Serialize)]
struct Described<'t> {
    text: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<&'t str>,
}

#[derive(Serialize)]
struct Configuration {
    level: Severity,
}

impl<'t> Rule<'t> {
    fn of(page: &Page) -> Rule<'t> {
        let plain = |text| Described { text, markdown: None };
        Rule {
            id: page.code.to_string(),
            name: page.name,
            short_description: plain(page.summary),
            full_description: page.section("What it finds").map(plain),
            help: Described { text: page.text, markdown: Some(page.text) },
            default_configuration: Configuration { level: page.severity },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: Severity,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixObject>,
}

impl ResultObject {
    fn of(source: &Source, finding: &Finding, tool: Tool<'_>) -> ResultObject {
        let words = words::lines(finding, None);
        let (headline, rest) = words.split_first().expect("there is always a headline");
        // Where there is little room, only the first sentence is shown (3.11.2).
        let text = std::iter::once(format!("{headline}.")).chain(rest.iter().cloned()).collect::<Vec<_>>();
        let related = finding.related.iter().map(|label| Location::of(source, label.span, &label.text));
        let (flow, fix) = (CodeFlow::of(source, finding), &finding.fix);
        ResultObject {
            rule_id: finding.code.to_string(),
            rule_index: tool.pages.iter().position(|page| page.code == finding.code),
            level: finding.severity,
            message: Message::new(&text.join("\n")),
            locations: [Location::of(source, finding.primary.span, "")],
            related_locations: related.collect(),
            code_flows: flow.into_iter().collect(),
            fixes: fix.iter().map(|fix| FixObject::of(source, fix)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    /// Single braces would stand for arguments (3.11.5).
    fn new(text: &str) -> Message {
        Message { text: text.replace('{', "{{").replace('}', "}}") }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Location {
    fn of(source: &Source, span: Span, text: &str) -> Location {
        Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::of(source),
                region: Region::of(source, span),
            },
            message: (!text.is_empty()).then(|| Message::new(&words::line(text))),
        }
    }
}

impl Region {
    /// The end is the first character behind the place, as SARIF wants it (3.30.8).
    fn of(source: &Source, span: Span) -> Region {
        let span = source.clamp(span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

/// What a path may not hold as it is in a URI reference. A colon in front would look like a scheme.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl ArtifactLocation {
    /// The path as it was given; only one from the root has a scheme.
    fn of(source: &Source) -> ArtifactLocation {
        let path = utf8_percent_encode(source.name(), ESCAPED);
        let scheme = if source.name().starts_with('/') { "file://" } else { "" };
        ArtifactLocation { uri: format!("{scheme}{path}") }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<ThreadFlowLocation>,
}

#[derive(Serialize)]
struct ThreadFlowLocation {
    location: Location,
}

impl CodeFlow {
    /// The steps of the path, and where it leads.
    fn of(source: &Source, finding: &Finding) -> Option<CodeFlow> {
        let (steps, fault) = (&finding.trace, &finding.primary);
        let at_the_fault = || if fault.text.is_empty() { &finding.message } else { &fault.text };
        let locations = steps.iter().map(|step| Location::of(source, step.span, &words::happening(step)));
        let locations =
            locations.chain(std::iter::once_with(|| Location::of(source, fault.span, at_the_fault())));
        let locations = locations.map(|location| ThreadFlowLocation { location }).collect();
        (!steps.is_empty()).then_some(CodeFlow { thread_flows: [ThreadFlow { locations }] })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FixObject {
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Content,
}

#[derive(Serialize)]
struct Content {
    text: String,
}

impl FixObject {
    fn of(source: &Source, fix: &Fix) -> FixObject {
        let replacement = Replacement {
            deleted_region: Region::of(source, fix.span),
            inserted_content: Content { text: fix.replacement.clone() },
        };
        let artifact_location = ArtifactLocation::of(source);
        FixObject { artifact_changes: [ArtifactChange { artifact_location, replacements: [replacement] }] }
    }
}
