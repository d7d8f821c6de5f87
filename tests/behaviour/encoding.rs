//! Bytes that native code makes are the isolate's, and a refusal is an error.

use nano::{ActorSpec, Limits, Runtime};

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
