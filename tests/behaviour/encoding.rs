//! Bytes that native code makes are the isolate's, and a refusal is an error.

use nano::{ActorSpec, ExitReason, Limits, Runtime};

const SOURCE: &str = r#"
    const outcome = (body) => {
        try {
            body();
            return "fine";
        } catch (error) {
            return error.name;
        }
    };

    export const encodes = () => {
        const text = "x".repeat(1 << 20);
        const encoder = new TextEncoder();
        // Garbage is collected rather than refused.
        for (let i = 0; i < 64; i++) encoder.encode(text);
        return [outcome(() => encoder.encode(text.repeat(16))), outcome(() => encoder.encode(text))];
    };

    export const compresses = async () => {
        const kept = [];
        const open = async () => {
            const stream = new CompressionStream("gzip");
            kept.push(stream);
            stream.readable.getReader().read().catch(() => {});
            await stream.writable.getWriter().write(new Uint8Array(1));
        };
        let opened = "fine";
        try {
            for (let i = 0; i < 1000; i++) await open();
        } catch (error) {
            opened = error.name;
        }
        const many = kept.length > 4 && kept.length < 100;
        // What is garbage by now makes room.
        kept.length = 0;
        await open();
        return [opened, many];
    };

    // Optimized code calls another function than the rest does.
    export const encodesInto = () => {
        const plain = (length) => new Uint8Array(new ArrayBuffer(length + 8), 8, length);
        const detached = plain(100);
        structuredClone(detached, { transfer: [detached.buffer] });
        const targets = {
            roomy: plain(100), exact: plain(5), small: plain(4), empty: plain(0), heap: new Uint8Array(7),
            immutable: new Uint8Array(new ArrayBuffer(100).transferToImmutable()),
            shared: new Uint8Array(new SharedArrayBuffer(100)),
            resizable: new Uint8Array(new ArrayBuffer(100, { maxByteLength: 200 })),
            detached, words: new Uint16Array(8), none: undefined,
        };
        const texts = ["hello", "h\u00e9llo", "\u4e16hi\u{1f600}", "\ud800x", "", "hel" + ["lo"], "xhellox".slice(1, 6)];
        const encoder = new TextEncoder();
        const all = () => {
            const done = [];
            for (const target of Object.values(targets)) {
                for (const text of texts) {
                    let said;
                    try {
                        const { read, written } = encoder.encodeInto(text, target);
                        said = `${read} ${written}: ${target.subarray(0, written)}`;
                    } catch (error) {
                        said = `${error}`;
                    }
                    done.push(said);
                }
            }
            return done.join("\n");
        };
        const first = all();
        let last;
        for (let i = 0; i < 3000; i++) last = all();
        return [first, last];
    };

    export const decodesLong = (label) => {
        const bytes = new Uint8Array(192 << 20).fill(0xff);
        for (;;) new TextDecoder(label).decode(bytes);
    };

    export const grows = async () => {
        // What is left is too little for brotli.
        const ballast = new Uint8Array(13 << 19);
        const chunk = new Uint8Array(1 << 20);
        const stream = new CompressionStream("brotli");
        const writer = stream.writable.getWriter();
        const name = (promise) => promise.then(() => "fine", (error) => error.name);
        const written = name(writer.write(chunk));
        const read = name(stream.readable.getReader().read());
        return [await written, await read, String(ballast.length)];
    };
"#;

#[test]
fn what_native_code_makes_counts_as_buffers() {
    let runtime = Runtime::builder().build().expect("a runtime");
    runtime.block_on(async {
        let spawn = || {
            let limits = Limits::default().with_buffer_bytes(8 << 20);
            runtime.spawn(ActorSpec::source(SOURCE).limits(limits))
        };
        let actor = spawn().await.expect("it runs");
        let encoded: Vec<String> = actor.ask("encodes", &()).await.expect("an answer");
        assert_eq!(encoded, ["RangeError", "fine"]);
        let actor = spawn().await.expect("it runs");
        let opened: (String, bool) = actor.ask("compresses", &()).await.expect("an answer");
        assert_eq!(opened, ("RangeError".to_owned(), true));
        let actor = spawn().await.expect("it runs");
        let grown: Vec<String> = actor.ask("grows", &()).await.expect("an answer");
        assert_eq!(grown, ["RangeError", "RangeError", "6815744"]);
    });
}

#[test]
fn optimized_code_encodes_into_the_same_arrays() {
    let runtime = Runtime::builder().build().expect("a runtime");
    runtime.block_on(async {
        let script = runtime.spawn(ActorSpec::source(SOURCE)).await.unwrap();
        let (first, last): (String, String) = script.ask("encodesInto", &()).await.unwrap();
        for said in [
            "5 6: 104,195,169,108,108,111",
            "5 9: 228,184,150,104,105,240,159,152,128",
            "4 4: 104,101,108,108",
            "TypeError: Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is backed by an immutable buffer.",
        ] {
            assert!(first.lines().any(|line| line == said), "{said} in {first}");
        }
        assert_eq!(first, last);
    });
}

#[test]
fn a_long_decode_ends_when_its_isolate_is_stopped() {
    let runtime = Runtime::builder().build().expect("a runtime");
    runtime.block_on(async {
        for label in ["utf-8", "gb18030", "iso-2022-jp", "utf-16be"] {
            let limits = Limits::default()
                .with_buffer_bytes(1 << 30)
                .with_cpu_ms_per_turn(400);
            let actor = runtime.spawn(ActorSpec::source(SOURCE).limits(limits));
            let actor = actor.await.expect("it runs");
            actor.ask::<()>("decodesLong", &label).await.unwrap_err();
            assert!(
                matches!(actor.wait().await, ExitReason::Limit(_)),
                "{label}"
            );
        }
        // Each of the slow ones would have gone on for seconds, and its thread would have been given up.
        assert_eq!(runtime.stats().lost_threads, 0);
    });
}

#[test]
fn a_url_or_a_query_that_no_string_can_hold_is_an_error() {
    // Each euro sign takes nine characters, and all of them more than V8 gives a string.
    let source = r#"
        const long = "\u20ac".repeat(60_000_000);
        const thrown = (body) => {
            try {
                return body();
            } catch (error) {
                return String(error);
            }
        };
        const url = new URL("http://a.test/b?c#d");
        export const query = () => thrown(() => new URLSearchParams([[long, ""]]).toString());
        export const setter = () => thrown(() => { url.hash = long; return "set"; });
        export const left = () => [url.href, url.pathname, url.search, url.hash].join(" ");
    "#;
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let spec = ActorSpec::source(source).limits(Limits::NO_LIMITS);
        let actor = runtime.spawn(spec).await.expect("starts");
        for handler in ["query", "setter"] {
            let thrown: String = actor.ask(handler, &()).await.expect("answers");
            assert_eq!(thrown, "RangeError: Invalid string length", "{handler}");
        }
        let left: String = actor.ask("left", &()).await.expect("answers");
        assert_eq!(left, "http://a.test/b?c#d /b ?c #d");
    });
}
