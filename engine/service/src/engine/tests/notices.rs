//! Who is told of a recording's files is told once: over a crash, and however often the files are announced.

use machine::Announcement;
use machine::announcement::{Document, Recorded};

use super::*;

/// Ends by itself, and says whom to tell.
fn recorder(recipient: &str) -> String {
    format!("flow: recorder\nrecordings: {{ tell: {{ {recipient} }} }}\n{}", &LINE["\nflow: line\n".len()..])
}

const ARCHIVE: &str = r#"
flow: archive
start: { api: {} }
input:
  contentLocation: { type: string, required: true }
  chunk: { type: number, required: true }
  run: { type: string, required: true }
  keepFor: { type: string, default: "90 days" }
initial: noting
states:
  noting:
    do:
      - log: { message: "keeping ${input.contentLocation} of ${input.run} for ${input.keepFor}: ${input.chunk}" }
    goto: kept
  kept: { end: kept }
"#;

/// Two files of one recording on the call.
fn files() -> Announced {
    let document = |name: &str| Document {
        content_location: Some(format!("https://storage.example.com/{name}")),
        ..Document::default()
    };
    let recorded = Recorded {
        recording_id: Some("recording".to_owned()),
        duration_ms: Some(17_000),
        documents: vec![document("one"), document("two")],
        ..Recorded::default()
    };
    Announced {
        what: Announcement::RecordingFileStatusUpdated(Box::new(recorded)),
        recording_id: None,
        server_call_id: Some("server-1".to_owned()),
    }
}

/// A call that has been recorded, and is over.
async fn recorded(engine: &Engine, provider: &mut Provider) -> RunId {
    let run = call_in(engine).await;
    answer(provider.expect("POST /calling/callConnections:answer").await);
    tell(engine, run, "1", "CallConnected", Some("callflow:1:1")).await;
    provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
    tell(engine, run, "2", "CallDisconnected", Some("callflow:1:1")).await;
    over(engine, run).await;
    run
}

/// The journal, once a line of it holds this so many times.
async fn tells(engine: &Engine, run: RunId, text: &str, times: usize) -> String {
    let told = async {
        loop {
            let lines = lines(engine, run).await;
            if lines.matches(text).count() >= times {
                return lines;
            }
            // Nobody watches a run that is over.
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), told).await {
        Ok(lines) => lines,
        Err(_) => panic!("not told:\n{}", lines(engine, run).await),
    }
}

async fn begun(engine: &Engine) -> Vec<RunId> {
    let filter = RunFilter { flow: Some("archive".to_owned()), ..RunFilter::default() };
    engine.runs(filter).await.unwrap().runs.into_iter().map(|run| run.id).collect()
}

#[test]
fn a_flow_that_is_told_begins_once_for_each_file() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());
    let flows = [&recorder("flow: archive"), ARCHIVE];

    let process = Process::start_all(&settings, &flows);
    let run = process.runtime.block_on(async {
        let run = recorded(&process.engine, &mut provider).await;
        assert_eq!(process.engine.announced("e", files()).await.unwrap(), Kept::By(run));
        run
    });
    // Whatever was done by now.
    process.kill();

    let process = Process::start_all(&settings, &flows);
    process.runtime.block_on(async {
        let engine = &process.engine;
        assert_eq!(engine.announced("e", files()).await.unwrap(), Kept::Duplicate);
        let journal = tells(engine, run, ": began ", 2).await;
        let begun = begun(engine).await;
        assert_eq!(begun.len(), 2, "{journal}");
        let mut told = String::new();
        for id in begun {
            assert!(journal.contains(&id.to_string()), "{journal}");
            assert_eq!(over(engine, id).await.outcome.as_deref(), Some("kept"));
            told += &lines(engine, id).await;
        }
        for (chunk, name) in ["one", "two"].iter().enumerate() {
            let line = format!("keeping https://storage.example.com/{name} of {run} for 90 days: {chunk}");
            assert_eq!(told.matches(&line).count(), 1, "{line}\n{told}");
        }
        let view = engine.run(run).await.unwrap().unwrap();
        assert_eq!((view.outcome.as_deref(), view.live), (Some("disconnected"), false));
    });
    process.kill();
    let process = Process::start_all(&settings, &flows);
    let count = process.runtime.block_on(begun(&process.engine)).len();
    assert_eq!(count, 2, "told is told");
}

#[test]
fn a_system_that_is_told_hears_of_it_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());
    let url = format!("http://{}/recordings", provider.address);
    let flow =
        recorder(&format!("url: \"{url}\", headers: {{ Authorization: \"Bearer ${{secrets.crm}}\" }}"));

    let process = Process::start_all(&settings, &[&flow]);
    let run = process.runtime.block_on(async {
        let run = recorded(&process.engine, &mut provider).await;
        assert_eq!(process.engine.announced("e", files()).await.unwrap(), Kept::By(run));
        run
    });
    let mut asked = [world.block_on(provider.next()), world.block_on(provider.next())];
    asked.sort_by_key(|asked| asked.body["chunk"].as_u64());
    let [one, two] = asked;
    assert_eq!((one.line.as_str(), one.header("authorization")), ("POST /recordings", "Bearer hush"));
    let expected = json!({
        "run": run.to_string(), "recordingId": "recording", "chunk": 0, "documentId": "",
        "contentLocation": "https://storage.example.com/one", "metadataLocation": "", "deleteLocation": "",
        "startTime": "", "durationMs": 17000, "contentType": "", "channelType": "", "formatType": "",
        "endReason": "",
    });
    assert_eq!(one.body, expected);
    one.accept(204);
    process.runtime.block_on(tells(&process.engine, run, "204", 1));
    // The other one is under way.
    let key = two.header("idempotency-key").to_owned();
    process.kill();
    drop(two);

    let process = Process::start_all(&settings, &[&flow]);
    let again = world.block_on(provider.expect("POST /recordings"));
    assert_eq!((again.header("idempotency-key"), &again.body["chunk"]), (key.as_str(), &json!(1)));
    again.accept(200);
    let journal = process.runtime.block_on(tells(&process.engine, run, "told", 2));
    assert!(journal.trim_end().ends_with("told #4 200"), "{journal}");
}

#[tokio::test]
async fn a_system_that_refuses_is_not_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut provider = Provider::listen().await;
    let flow = recorder(&format!("url: \"http://{}/recordings\"", provider.address));
    let settings = settings(&provider, folder.path());
    let engine = Engine::open(settings, flows(&[&flow])).await.unwrap();
    let run = recorded(&engine, &mut provider).await;
    engine.announced("e", files()).await.unwrap();
    for status in [403, 503] {
        provider.expect("POST /recordings").await.accept(status);
    }
    let journal = tells(&engine, run, "could not tell", 2).await;
    assert!(journal.contains("given up: it was refused: 403"), "{journal}");
    assert!(journal.contains("= the answer was 503"), "{journal}");
}

#[tokio::test]
async fn a_flow_that_is_to_be_told_must_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::listen().await;
    let served = flows(&[&recorder("flow: archive"), ARCHIVE]).into_iter().take(1).collect();
    let Err(error) = Engine::open(settings(&provider, folder.path()), served).await else {
        panic!("it is served")
    };
    let error = std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
    assert!(error.contains("tells flow `archive` of its recordings, and that is not served"), "{error}");
}
