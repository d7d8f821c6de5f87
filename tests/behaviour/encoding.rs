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

    export const compresses = () => {
        const kept = [];
        const opened = outcome(() => {
            for (let i = 0; i < 1000; i++) kept.push(new CompressionStream("gzip"));
        });
        const many = kept.length > 4 && kept.length < 100;
        kept.length = 0;
        return [opened, many];
    };

    export const unpacks = async () => {
        const packed = new CompressionStream("brotli");
        const writer = packed.writable.getWriter();
        const failed = (async () => {
            for (let i = 0; i < 64; i++) await writer.write(new Uint8Array(1 << 20).map((_, i) => i * i >> 7));
            await writer.close();
        })().then(() => "fine", (error) => error.name);
        let length = 0;
        try {
            for await (const chunk of packed.readable) length += chunk.length;
        } catch (error) {
            return [error.name, await failed];
        }
        return ["fine", await failed];
    };
"#;

#[test]
fn what_native_code_makes_counts_as_buffers() {
    let runtime = Runtime::builder().build().expect("a runtime");
    runtime.block_on(async {
        let limits = Limits::default().with_buffer_bytes(8 << 20);
        let spec = ActorSpec::source(SOURCE).limits(limits);
        let actor = runtime.spawn(spec).await.expect("it runs");
        let encoded: Vec<String> = actor.ask("encodes", &()).await.expect("an answer");
        assert_eq!(encoded, ["RangeError", "fine"]);
        let opened: (String, bool) = actor.ask("compresses", &()).await.expect("an answer");
        assert_eq!(opened, ("RangeError".to_owned(), true));
        let unpacked: (String, String) = actor.ask("unpacks", &()).await.expect("an answer");
        assert_eq!(unpacked.0, unpacked.1);
    });
}
