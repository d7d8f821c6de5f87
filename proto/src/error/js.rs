//! What JavaScript threw, as plain data.

use std::fmt;

use crate::value::Value;

/// An error that JavaScript threw, or a value that it threw in an error's place.
///
/// ```
/// use nano_proto::JsError;
///
/// let mut error = JsError::new("TypeError", "x is not a function");
/// error.file = Some("app.js".into());
/// error.line = Some(3);
/// assert_eq!(error.to_string(), "TypeError: x is not a function (app.js:3)");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsError {
    /// `error.name`, such as `TypeError`; empty when something else than an error was thrown.
    pub name: String,
    /// `error.message`, or the thrown value as a string.
    pub message: String,
    /// `error.stack` as V8 formats it; empty when there is none.
    pub stack: String,
    /// The script or module in which it was thrown.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<u32>,
    /// Its column in UTF-16 units, from 1.
    pub column: Option<u32>,
    /// The text of that line; of a long one the part around the column.
    pub source_line: Option<String>,
    /// How many UTF-16 units of that line are left out before this text. Where some are, the text does not cross to
    /// another machine.
    pub source_skipped: u32,
    /// `error.cause`, when that is an error.
    pub cause: Option<Box<JsError>>,
    /// `error.errors` of an `AggregateError`.
    pub errors: Vec<JsError>,
    /// Its other enumerable properties as the console prints them, such as `{ code: 'x' }`; empty where it has none,
    /// where the error was caught, and where it comes from another machine.
    pub properties: String,
    /// The thrown value itself, when it could be cloned.
    pub value: Option<Value>,
    /// A stable `code`, nano's own or one that the program gave.
    pub code: Option<String>,
}

impl JsError {
    /// How many levels of `cause` and `errors` cross to another machine; deeper ones are left out.
    /// Whoever builds a `JsError` from JavaScript stops there too, since a program can make chains
    /// of any length.
    pub const MAX_DEPTH: u32 = 32;

    /// An error with a name and a message, and nothing else known.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            ..Self::default()
        }
    }
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.message.is_empty()) {
            (false, false) => write!(f, "{}: {}", self.name, self.message)?,
            (false, true) => f.write_str(&self.name)?,
            // Something else than an error was thrown.
            (true, _) => f.write_str(&self.message)?,
        }
        if let Some(file) = &self.file {
            write!(f, " ({file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for JsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn display_has_what_is_known() {
        let mut error = JsError::new("Error", "");
        assert_eq!(error.to_string(), "Error");
        error.file = Some("a.js".into());
        assert_eq!(error.to_string(), "Error (a.js)");
        error.line = Some(1);
        assert_eq!(error.to_string(), "Error (a.js:1)");
        error.column = Some(2);
        assert_eq!(error.to_string(), "Error (a.js:1:2)");
        assert_eq!(JsError::new("", "42").to_string(), "42");
    }

    #[test]
    fn the_cause_is_the_source() {
        let mut error = JsError::new("Error", "outer");
        error.cause = Some(Box::new(JsError::new("Error", "inner")));
        assert_eq!(error.source().unwrap().to_string(), "Error: inner");
    }
}
