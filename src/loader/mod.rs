//! Where modules come from.

use std::fmt;
use std::sync::Arc;

use nano_proto::JsError;

/// What kind of module an import asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleType {
  /// JavaScript.
  JavaScript,
  /// `with { type: "json" }`.
  Json,
  /// `with { type: "text" }`.
  Text,
  /// `with { type: "bytes" }`.
  Bytes,
}

/// A module's source.
#[derive(Clone, Debug)]
pub struct Source(Arc<str>);

impl Source {
  /// A source of this text.
  pub fn new(text: impl Into<Arc<str>>) -> Self {
    Self(text.into())
  }

  /// The text.
  pub fn text(&self) -> &str {
    &self.0
  }

  /// The text, shared.
  pub fn shared_text(&self) -> Arc<str> {
    self.0.clone()
  }
}

/// Why a module could not be had.
#[derive(Clone, Debug)]
pub struct LoadError {
  /// What went wrong and what to do.
  pub message: String,
}

impl LoadError {
  /// The error as JavaScript sees it.
  pub fn to_js_error(&self) -> JsError {
    JsError::new("TypeError", self.message.clone())
  }
}

impl fmt::Display for LoadError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&self.message)
  }
}

impl std::error::Error for LoadError {}

mod file;

pub use file::FileLoader;

use std::path::Path;
use std::pin::Pin;

/// A module that was asked for.
pub enum Fetched {
  /// It lies in memory.
  Now(Result<Source, LoadError>),
  /// It has to be read; the future runs on the runtime's I/O threads.
  Later(Pin<Box<dyn Future<Output = Result<Source, LoadError>> + Send>>),
}

/// Where modules come from: implement it to have them from a database, a bundle or the network.
pub trait ResolveAndLoad: Send + Sync {
  /// The URL of `specifier` as the module at `referrer` imports it. Called in the isolate's turn: it must
  /// not wait.
  ///
  /// # Errors
  /// [`LoadError`] where the specifier names nothing.
  fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError>;

  /// The source at `url`.
  fn load(&self, url: &str, kind: ModuleType) -> Fetched;

  /// The URL of a file given by its path.
  ///
  /// # Errors
  /// [`LoadError`] where the loader knows no files, or the path has no URL.
  fn file_url(&self, path: &Path) -> Result<String, LoadError>;
}
