//! The files of `tests/js`, each in an isolate of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nano::{ActorSpec, Limits, Runtime};
use serde::Deserialize;

use crate::printed::Printed;

#[derive(Deserialize)]
struct Subtest {
    name: String,
    error: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js")
}

/// Runs one file, prints each subtest and fails if one did, or if there are fewer than `at_least`.
fn run(file: &str, at_least: usize) {
    let runtime = Runtime::builder().build().expect("a runtime");
    let results: Vec<Subtest> = runtime.block_on(async {
        // One call runs all of the file's tests.
        let limits = Limits::default().with_cpu_ms_per_call(20_000);
        let spec = ActorSpec::file(folder().join(file)).limits(limits);
        let actor = runtime
            .spawn(spec)
            .await
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        actor
            .ask("run", &())
            .await
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    });
    let mut failures = Vec::new();
    for Subtest { name, error } in &results {
        match error {
            None => println!("ok   {file}: {name}"),
            Some(error) => failures.push(format!("FAIL {file}: {name}\n     {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        results.len() >= at_least,
        "{file} has only {} tests",
        results.len()
    );
}

macro_rules! files {
    ($($name:ident: $file:literal, $at_least:literal;)*) => {
        $(
            #[test]
            fn $name() {
                run($file, $at_least);
            }
        )*

        #[test]
        fn every_javascript_test_file_is_run() {
            let listed = BTreeSet::from([$($file.to_owned()),*]);
            let there: BTreeSet<String> = std::fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.ends_with(".test.js"))
                .collect();
            assert_eq!(listed, there);
        }
    };
}

files! {
    a_closed_global_object_has_events: "closed_global.test.js", 3;
    abort_controllers_and_signals: "abort.test.js", 12;
    async_local_storage_follows_the_flow: "async_local_storage.test.js", 14;
    compressed_streams: "compression.test.js", 19;
    dom_exceptions_are_errors: "dom_exception.test.js", 6;
    text_and_base64: "encoding.test.js", 9;
    events_are_dispatched_as_dom_says: "events.test.js", 12;
    globals_are_defined_as_webidl_says: "globals.test.js", 8;
    fetch_has_headers_requests_and_responses: "fetch.test.js", 20;
    random_values_fill_what_may_be_written: "crypto.test.js", 17;
    navigator_tells_of_the_runtime: "navigator.test.js", 4;
    the_timeline_has_marks_and_measures: "performance.test.js", 5;
    the_language_is_whole: "language.test.js", 8;
    overwritten_prototypes_break_nothing: "primordials.test.js", 12;
    quota_exceeded_errors_have_numbers: "quota_exceeded_error.test.js", 6;
    what_is_reported_runs_nothing: "report_error.test.js", 3;
    plain_values_are_cloned_as_by_the_serializer: "plain_clone.test.js", 12;
    streams_are_transferred: "streams_transfer.test.js", 20;
    streams_hold_what_their_strategies_say: "streams.test.js", 22;
    streams_in_whatever_order: "streams_random.test.js", 1;
    structured_clone_keeps_what_it_can: "structured_clone.test.js", 20;
    timers_and_microtasks_keep_their_order: "timers.test.js", 12;
    urls_are_whole_whatever_a_program_patches: "url.test.js", 10;
    properties_are_as_webidl_says: "webidl.test.js", 40;
    webassembly_is_compiled_as_its_interface_says: "webassembly.test.js", 7;
    blobs_and_forms_cross_between_isolates: "blob.test.js", 18;
    calls_between_isolates: "calls.test.js", 10;
    channels_between_isolates: "channels.test.js", 22;
    children_that_do_not_start: "spawn.test.js", 8;
    messages_between_isolates: "messages.test.js", 6;
    workers_are_isolates: "workers.test.js", 18;
}

#[test]
fn console_formats_like_node() {
    let (printed, runtime) = Printed::runtime();
    runtime.block_on(async {
        let spec = ActorSpec::file(folder().join("console.js"));
        let actor = runtime.spawn(spec).await.expect("the file runs");
        let () = actor.ask("print", &()).await.expect("printing ends");
    });
    let [out, err] = printed.texts();
    let expected = std::fs::read_to_string(folder().join("console.out")).unwrap();
    assert_eq!(out, expected);
    assert!(
        err.starts_with("an error 1\na warning\nTrace: here\n    at "),
        "{err}"
    );
}
