//! Where modules come from.
//!
//! [`Loader`] is the trait; [`FileLoader`] and [`MemoryLoader`] implement it, and an import map lies
//! over any of them. `data:` URLs carry their own content and reach no loader, nor do `blob:` URLs, which stand for
//! what the runtime keeps. Nothing in here knows
//! V8: the engine asks through its host, and a loader's word on a module's type is checked in
//! `engine::module`.

mod blob;
mod cached;
mod data;
mod error;
mod file;
mod import_map;
mod memory;
mod resolve;
mod source;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::Pin;
use std::task::Poll;

pub(crate) use blob::{is_blob, source as source_of_blob};
pub(crate) use data::is_data;
pub use error::LoadError;
pub use file::FileLoader;
pub(crate) use import_map::Mapped;
pub use memory::MemoryLoader;
pub use resolve::resolve_url;
pub(crate) use resolve::{location_of, script_url};
pub use source::{ModuleType, Source};

/// A module that was asked for.
pub enum Fetched {
    /// It lies in memory.
    Now(Result<Source, LoadError>),
    /// It has to be read; the future runs on the runtime's I/O threads, once few enough of the isolate's
    /// others do, and is dropped when the isolate ends.
    Later(Pin<Box<dyn Future<Output = Result<Source, LoadError>> + Send>>),
}

/// Where modules come from: implement it to have them from a database, a bundle or the network.
///
/// A loader gives a module its URL, then its source. Both are asked of it with plain text, and a
/// module is loaded once an isolate, however often it is imported.
///
/// ```
/// use nano::{Fetched, LoadError, Loader, ModuleType, Runtime, Source};
///
/// /// `greet:NAME` is a module that exports a greeting.
/// struct Greetings;
///
/// impl Loader for Greetings {
///     fn name(&self) -> &str {
///         "greetings"
///     }
///
///     fn load(&self, url: &str, _: ModuleType) -> Fetched {
///         Fetched::Now(match url.strip_prefix("greet:") {
///             Some(name) => Ok(Source::new(format!("export const text = 'Hello, {name}';"))),
///             None => Err(LoadError::NotFound { url: url.to_owned() }),
///         })
///     }
/// }
///
/// let runtime = Runtime::builder().loader(Greetings).build()?;
/// # let _ = runtime;
/// # Ok::<(), nano::SpawnError>(())
/// ```
pub trait Loader: Send + Sync {
    /// What error messages call this loader, as in "the *file* loader".
    fn name(&self) -> &str;

    /// The URL of `specifier` as the module at `referrer` imports it. Called in the isolate's turn:
    /// it must not wait. Without an implementation this is [`resolve_url`].
    ///
    /// # Errors
    /// [`LoadError`] where the specifier names nothing.
    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        resolve_url(specifier, referrer, self.name())
    }

    /// The source at `url`, which [`resolve`](Self::resolve) gave. It may be asked for again when it
    /// failed. `kind` is what the import's attributes ask for; what the source turns out to be, the
    /// loader says with [`Source::of_type`].
    fn load(&self, url: &str, kind: ModuleType) -> Fetched;

    /// The URL of a file given by its path.
    ///
    /// # Errors
    /// [`LoadError::NoFiles`] unless the loader knows files.
    fn file_url(&self, path: &Path) -> Result<String, LoadError> {
        Err(LoadError::NoFiles {
            path: path.to_owned(),
            loader: self.name().to_owned(),
        })
    }
}

impl<L: Loader + ?Sized> Loader for std::sync::Arc<L> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        (**self).resolve(specifier, referrer)
    }

    fn load(&self, url: &str, kind: ModuleType) -> Fetched {
        (**self).load(url, kind)
    }

    fn file_url(&self, path: &Path) -> Result<String, LoadError> {
        (**self).file_url(path)
    }
}

/// What `work` for `url` gives; an error where the loader, which is a program's own, panics: no panic may reach V8.
fn guarded<T>(url: &str, work: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(LoadError::Panicked {
            url: url.to_owned(),
            why: crate::error::panic_text(&*panic),
        })
    })
}

/// The URL of `specifier` as the module at `referrer` imports it from `loader`.
///
/// # Errors
/// As [`Loader::resolve`], or the loader panicked.
pub(crate) fn resolve_with(
    loader: &dyn Loader,
    specifier: &str,
    referrer: &str,
) -> Result<String, LoadError> {
    guarded(specifier, || loader.resolve(specifier, referrer))
}

/// The source at `url`: from the URL itself if that is a `data:` URL, else from `loader`.
pub(crate) fn load(loader: &dyn Loader, url: &str, kind: ModuleType) -> Fetched {
    if data::is_data(url) {
        return Fetched::Now(data::load(url, kind));
    }
    match guarded(url, || Ok(loader.load(url, kind))) {
        Ok(Fetched::Later(mut future)) => {
            let url = url.to_owned();
            Fetched::Later(Box::pin(poll_fn(move |context| {
                guarded(&url, || Ok(future.as_mut().poll(context)))
                    .unwrap_or_else(|panicked| Poll::Ready(Err(panicked)))
            })))
        }
        Ok(now) => now,
        Err(panicked) => Fetched::Now(Err(panicked)),
    }
}
