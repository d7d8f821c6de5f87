use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::value::document::{ErrorKind, Node, ViewKind};
use crate::value::host::TAG_AGGREGATE_ERROR;

/// The committed seeds of both versions, by name.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path: PathBuf = [root, "..", "fuzz", "corpus", "value"].iter().collect();
    let files = std::fs::read_dir(path).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, std::fs::read(entry.path()).unwrap())
    });
    files.filter(|(name, _)| name.starts_with("v1")).collect()
}

#[test]
fn every_tag_of_the_format_is_in_the_corpus() {
    let mut tags = BTreeSet::new();
    // Those within an error or behind a shared buffer, which are no tags of values.
    let mut parts = BTreeSet::new();
    let mut views = BTreeSet::new();
    let mut errors = BTreeSet::new();
    let mut hosts = BTreeSet::new();
    let mut behind = BTreeSet::new();
    let mut late_stack = false;
    for (name, bytes) in seeds() {
        // The one seed of a tag that does not exist yet.
        if name.ends_with("host-crypto-key") {
            continue;
        }
        let latest = u32::from(bytes[1]) == LATEST_VERSION;
        if latest {
            tags.extend([bytes[0], bytes[2]]);
        }
        let mut walker = Walker::whole(&bytes, usize::MAX).unwrap();
        while let Some(event) = walker
            .next()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
        {
            if !latest {
                late_stack |= matches!(event, Event::End { stack: Some(_) });
                continue;
            }
            let tag = bytes.get(walker.at).copied();
            match event {
                // Those of errors and wasm memories have no tag, so something else may stand here.
                Event::End { .. } => tags.extend(tag.filter(|tag| b"{$@:,".contains(tag))),
                Event::Part { .. } => {}
                _ => tags.extend(tag),
            }
            match event {
                Event::ArrayBuffer { view, .. }
                | Event::Transferred { view, .. }
                | Event::Reference { view, .. }
                | Event::SharedBuffer { view, .. }
                    if view.is_some() =>
                {
                    tags.insert(VIEW);
                    views.extend(view.map(|view| (view.kind.tag(), view.flags)));
                }
                Event::SharedBuffer { wasm: Some(_), .. } => {
                    parts.insert("f");
                }
                Event::BeginResizableShared(_) => {
                    parts.insert("r");
                }
                Event::BeginError {
                    kind,
                    message,
                    stack,
                } => {
                    errors.insert(kind.tag());
                    parts.extend(message.map(|_| "m"));
                    parts.extend(stack.map(|_| "s"));
                    parts.insert(match bytes.get(walker.cursor.pos - 1) {
                        Some(&ERROR_CAUSE) => "c",
                        _ => ".",
                    });
                }
                Event::Host(host) => {
                    hosts.insert(match host.to_node() {
                        Node::Host(host) => host.tag(),
                        _ => TAG_AGGREGATE_ERROR,
                    });
                }
                Event::Part { part, .. } => {
                    behind.insert(part);
                }
                _ => {}
            }
        }
    }
    for (name, tag) in ALL {
        assert!(tags.contains(tag), "{name} is in no seed");
    }
    assert_eq!(parts, BTreeSet::from(["m", "s", "c", ".", "f", "r"]));
    for kind in ViewKind::ALL {
        assert!(views.contains(&(kind.tag(), 0)), "{kind:?} is in no seed");
    }
    for flags in 0..=3 {
        let known = views.iter().any(|view| view.1 == flags);
        assert_eq!(
            known,
            flags != VIEW_LENGTH_TRACKING,
            "views of flags {flags}"
        );
    }
    assert_eq!(errors.len(), ErrorKind::ALL.len());
    assert_eq!(hosts, BTreeSet::from([1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(behind, BTreeSet::from(Part::ALL));
    assert!(late_stack);
}

#[test]
fn depth_is_counted_in_containers() {
    let nested = b"\xFF\x10A\x01A\x01A\x00$\x00\x00$\x00\x01$\x00\x01";
    let walk = |depth| {
        let mut walker = Walker::whole(nested, depth)?;
        while walker.next()?.is_some() {}
        Ok::<_, DecodeError>(())
    };
    assert!(walk(3).is_ok());
    assert_eq!(walk(2).unwrap_err().offset(), 6);
}

#[test]
fn wasm_memories_and_their_buffers_belong_together() {
    let error = |body: &[u8]| {
        let bytes = [&[0xFF, 16], body].concat();
        let mut walker = Walker::whole(&bytes, 10).unwrap();
        loop {
            match walker.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{} was read", body.escape_ascii()),
                Err(error) => return error.to_string(),
            }
        }
    };
    assert!(error(b"m\x14\x02").contains("impossible WebAssembly.Memory"));
    assert!(error(b"m\x03\x00").contains("impossible WebAssembly.Memory"));
    assert!(error(b"m\x14\x00_").contains("the buffer of a WebAssembly.Memory"));
    assert!(error(b"m\x14\x00u\x00x").contains("`f` or `r`"));
    assert!(error(b"m\x14\x00u\x00r_").contains("a reference to the WebAssembly.Memory"));
    assert!(error(b"m\x14\x00^\x00").contains("no shared buffer"));
    assert!(error(b"A\x02B\x00m\x14\x00^\x01").contains("no shared buffer"));
    assert!(error(b"A\x02\x27,\x00m\x14\x00u\x00r^\x01").contains("of another memory"));
}

#[test]
fn ids_do_not_wrap_around() {
    let mut walker = Walker::whole(b"\xFF\x10A\x02o{\x00o{\x00$\x00\x02", 10).unwrap();
    walker.next_id = u32::MAX - 1;
    assert!(matches!(walker.next(), Ok(Some(Event::BeginDense(2)))));
    let error = walker.next().unwrap_err();
    assert_eq!(error.offset(), 4);
    let text = error.to_string();
    assert!(text.contains("objects: 4294967296"), "{text}");
}
