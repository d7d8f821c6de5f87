//! The line of a source that an error shows: the part of it around the column, since minified code has lines of
//! megabytes, and an error goes wherever it is told.

use nano_proto::JsError;

/// How much of a line goes into an error, in UTF-16 units.
const MOST: usize = 512;

/// Where the part of a line of `length` begins that has `column`, from 1, in its middle; both in UTF-16 units.
fn start(length: usize, column: usize) -> usize {
    column
        .saturating_sub(1 + MOST / 2)
        .min(length.saturating_sub(MOST))
}

/// Gives `error`, which knows its column, its source line.
pub(super) fn set(
    scope: &v8::PinScope<'_, '_>,
    error: &mut JsError,
    line: v8::Local<'_, v8::String>,
) {
    let start = start(line.length(), column(error));
    let mut units = [0; MOST];
    let units = &mut units[..MOST.min(line.length() - start)];
    line.write_v2(scope, start as u32, units, v8::WriteFlags::empty());
    put(error, String::from_utf16_lossy(units), start);
}

/// Gives `error`, which knows its line and its column, that line of `source`, if there is one.
pub(super) fn find(error: &mut JsError, source: &str) {
    let number = error.line.unwrap_or(0).saturating_sub(1);
    if let Some(line) = lines(source).nth(number as usize) {
        set_text(error, line);
    }
}

/// The lines of a source as V8 counts them (ECMA-262, "LineTerminatorSequence").
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(source);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(end) = text.find(['\n', '\r', '\u{2028}', '\u{2029}']) else {
            return Some(text);
        };
        let (line, terminated) = text.split_at(end);
        let next = terminated.strip_prefix("\r\n");
        rest = next.or_else(|| terminated.get(terminated.chars().next()?.len_utf8()..));
        Some(line)
    })
}

/// The same where the line is a text of Rust's.
fn set_text(error: &mut JsError, line: &str) {
    // No text has more units than bytes.
    if line.len() <= MOST {
        put(error, line.to_owned(), 0);
        return;
    }
    let start = start(line.encode_utf16().count(), column(error));
    let units: Vec<u16> = line.encode_utf16().skip(start).take(MOST).collect();
    put(error, String::from_utf16_lossy(&units), start);
}

fn column(error: &JsError) -> usize {
    error.column.unwrap_or(0) as usize
}

fn put(error: &mut JsError, text: String, start: usize) {
    error.source_line = Some(text);
    error.source_skipped = start as u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of a line, and how much is left out before it.
    fn kept(line: &str, column: u32) -> (String, u32) {
        let mut error = JsError {
            column: Some(column),
            ..JsError::default()
        };
        set_text(&mut error, line);
        (error.source_line.unwrap(), error.source_skipped)
    }

    #[test]
    fn lines_end_as_those_of_javascript() {
        let source = "a\nb\r\nc\rd\u{2028}e\u{2029}\n\r\r\ng";
        let all: Vec<_> = lines(source).collect();
        assert_eq!(all, ["a", "b", "c", "d", "e", "", "", "", "g"]);
        assert_eq!(lines("").collect::<Vec<_>>(), [""]);
        assert_eq!(lines("a\r").collect::<Vec<_>>(), ["a", ""]);
    }

    #[test]
    fn a_short_line_is_kept_whole() {
        assert_eq!(kept("  x();", 3), ("  x();".into(), 0));
        let longest = "x".repeat(MOST);
        assert_eq!(kept(&longest, MOST as u32), (longest, 0));
    }

    #[test]
    fn of_a_long_line_the_part_around_the_column_is_kept() {
        let line = format!("{}!{}", "é".repeat(5_000), "b".repeat(5_000));
        for (column, at) in [(5_001, '!'), (1, 'é'), (10_001, 'b'), (u32::MAX, 'b')] {
            let (text, skipped) = kept(&line, column);
            assert_eq!(text.chars().count(), MOST);
            let index = (column.min(10_001) - 1 - skipped) as usize;
            assert_eq!(text.chars().nth(index), Some(at), "column {column}");
        }
    }

    #[test]
    fn a_pair_of_units_that_is_cut_keeps_its_width() {
        let line = "𝒳".repeat(5_000);
        let (text, skipped) = kept(&line, 1_002);
        assert_eq!(skipped, 745);
        assert!(text.starts_with('\u{fffd}'), "{text}");
        assert_eq!(text.encode_utf16().count(), MOST);
    }
}
