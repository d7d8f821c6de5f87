//! How an error is shown to people: what, where, the line itself, the stack, the causes.

use std::fmt;

use nano_proto::JsError;

/// Shows a [`JsError`] over several lines, in colour where asked for.
///
/// ```
/// use nano::{JsError, Report};
///
/// let mut error = JsError::new("TypeError", "x is not a function");
/// (error.file, error.line, error.column) = (Some("file:///a.js".into()), Some(3), Some(5));
/// error.source_line = Some("    x();".into());
/// assert_eq!(
///     Report::new(&error).to_string(),
///     "Uncaught TypeError: x is not a function\n  at file:///a.js:3:5\n\n      x();\n      ^"
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    error: &'a JsError,
    color: bool,
}

/// Columns of a source line that are shown; minified code has lines of megabytes.
const WIDTH: usize = 120;
/// Causes, and errors of an `AggregateError`, below each other.
const DEPTH: usize = 8;

impl<'a> Report<'a> {
    /// A report without colour.
    pub fn new(error: &'a JsError) -> Self {
        Self {
            error,
            color: false,
        }
    }

    /// Sets whether there are ANSI colours in it.
    #[must_use]
    pub fn color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    fn paint(&self, code: &'static str) -> Paint {
        Paint {
            code,
            on: self.color,
        }
    }

    fn headline(&self, f: &mut fmt::Formatter<'_>, error: &JsError) -> fmt::Result {
        let bold = self.paint("1;31");
        let (name, message) = (Clean(&error.name), Clean(&error.message));
        match (error.name.is_empty(), error.message.is_empty()) {
            (true, _) => write!(f, "{bold}{message}{bold:#}"),
            (false, true) => write!(f, "{bold}{name}{bold:#}"),
            (false, false) => write!(f, "{bold}{name}{bold:#}: {message}"),
        }
    }

    fn body(&self, f: &mut fmt::Formatter<'_>, error: &JsError, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(DEPTH.saturating_sub(depth));
        let dim = self.paint("2");
        let place = Place::of(error);
        if let Some(place) = &place {
            let blue = self.paint("36");
            let place = place.to_string();
            write!(f, "\n{indent}  at {blue}{}{blue:#}", Clean(&place))?;
        }
        if let (Some(line), Some(column)) = (&error.source_line, error.column) {
            let column = column.saturating_sub(1 + error.source_skipped);
            let (text, caret) = quote(line, column as usize);
            let red = self.paint("31");
            write!(f, "\n\n{indent}  {text}\n{indent}  {caret}{red}^{red:#}")?;
        }
        let frames: Vec<&str> = frames(&error.stack).collect();
        // A stack of one frame says only once more where it was.
        let again = |frame: &&str| {
            place.as_ref().is_some_and(|place| {
                let place = place.to_string();
                frame.strip_prefix("at ").is_some_and(|at| at == place)
            })
        };
        let shown = match frames.len() > 1 || frames.iter().any(|frame| !again(frame)) {
            true => frames,
            false => Vec::new(),
        };
        if error.source_line.is_some() && !(shown.is_empty() && error.properties.is_empty()) {
            f.write_str("\n")?;
        }
        for frame in shown {
            write!(f, "\n{indent}    {dim}{}{dim:#}", Clean(frame))?;
        }
        for line in error.properties.lines() {
            write!(f, "\n{indent}  {}", Clean(line))?;
        }
        if depth == 0 {
            return Ok(());
        }
        for inner in &error.errors {
            write!(f, "\n{indent}  [error] ")?;
            self.headline(f, inner)?;
            self.body(f, inner, depth - 1)?;
        }
        if let Some(cause) = &error.cause {
            write!(f, "\n{indent}  Caused by: ")?;
            self.headline(f, cause)?;
            self.body(f, cause, depth - 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uncaught ")?;
        self.headline(f, self.error)?;
        self.body(f, self.error, DEPTH)
    }
}

/// `{paint}` begins a colour, `{paint:#}` ends it.
struct Paint {
    code: &'static str,
    on: bool,
}

impl fmt::Display for Paint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.on, f.alternate()) {
            (false, _) => Ok(()),
            (true, false) => write!(f, "\x1b[{}m", self.code),
            (true, true) => f.write_str("\x1b[0m"),
        }
    }
}

/// Text of a script's without what would command the terminal.
struct Clean<'a>(&'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_command = |c: char| c.is_control() && c != '\n' && c != '\t';
        let mut rest = self.0;
        while let Some(at) = rest.find(is_command) {
            write!(f, "{}\u{fffd}", &rest[..at])?;
            let command = rest[at..].chars().next().map_or(1, char::len_utf8);
            rest = &rest[at + command..];
        }
        f.write_str(rest)
    }
}

struct Place<'a> {
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
}

impl<'a> Place<'a> {
    fn of(error: &'a JsError) -> Option<Self> {
        let file = error.file.as_deref()?;
        Some(Self {
            file,
            line: error.line,
            column: error.column,
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// The frames of a stack as V8 writes it, without those of the runtime's own JavaScript, which lies
/// at `nano:FOLDER/FILE`.
fn frames(stack: &str) -> impl Iterator<Item = &str> {
    let frames = stack
        .lines()
        .skip_while(|line| !line.starts_with("    at "))
        .map(str::trim);
    frames.filter(|frame| {
        let place = frame
            .rsplit('(')
            .next()
            .unwrap_or(frame)
            .trim_start_matches("at ");
        !place
            .strip_prefix("nano:")
            .is_some_and(|rest| rest.contains('/'))
    })
}

/// The part of `line` around its column of that many UTF-16 units, and the blank that leads to it.
fn quote(line: &str, column: usize) -> (String, String) {
    let mut units = 0;
    let at = line.chars().take_while(|c| {
        units += c.len_utf16();
        units <= column
    });
    let at = at.count();
    let first = if at < WIDTH { 0 } else { at - WIDTH / 2 };
    let is_control = |c: char| c.is_control() && c != '\t';
    let shown = line.chars().skip(first).take(WIDTH);
    let text: String = shown
        .map(|c| if is_control(c) { '\u{fffd}' } else { c })
        .collect();
    let blank = text.chars().take(at - first).flat_map(|c| {
        let width = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        std::iter::repeat_n(
            if c == '\t' { '\t' } else { ' ' },
            if c == '\t' { 1 } else { width },
        )
    });
    let blank = blank.collect();
    (text, blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_wide_characters_and_tabs() {
        assert_eq!(quote("\tx漢y", 3), ("\tx漢y".into(), "\t   ".into()));
        assert_eq!(quote("𝒳y", 2), ("𝒳y".into(), " ".into()));
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let line = format!("{}!{}", "a".repeat(5_000), "b".repeat(5_000));
        let (text, blank) = quote(&line, 5_000);
        assert_eq!(text.chars().count(), WIDTH);
        assert_eq!(text.chars().nth(blank.len()), Some('!'));
    }

    #[test]
    fn messages_do_not_command_the_terminal() {
        let error = JsError::new("Error", "a\x1b[2Jb\u{9b}1m\n\tc");
        assert_eq!(
            Report::new(&error).to_string(),
            "Uncaught Error: a\u{fffd}[2Jb\u{fffd}1m\n\tc"
        );
    }

    #[test]
    fn causes_follow_and_frames_of_the_runtime_do_not() {
        let mut error = JsError::new("Error", "outer");
        error.stack = "Error: outer\n    at f (file:///a.js:1:2)\n    at g (nano:x/y:3:4)\n    \
                       at nano:main:5:6"
            .into();
        error.cause = Some(Box::new(JsError::new("", "42")));
        let text = Report::new(&error).to_string();
        assert_eq!(
            text,
            "Uncaught Error: outer\n    at f (file:///a.js:1:2)\n    at nano:main:5:6\n  Caused by: 42"
        );
        assert!(
            Report::new(&error)
                .color(true)
                .to_string()
                .contains("\x1b[1;31mError\x1b[0m")
        );
    }
}
