//! What an isolate is to be: its module, name and limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nano_proto::Limits;

use crate::error::SpawnError;
use crate::isolate::Brood;
use crate::loader::{Loader, Source};

#[derive(Clone)]
enum Module {
    Url(String),
    File(PathBuf),
    Source { url: String, source: Source },
}

/// Describes an isolate to spawn.
///
/// ```
/// use nano::{ActorSpec, Limits};
///
/// let spec = ActorSpec::source("export const double = (n) => 2 * n;")
///   .name("doubler")
///   .limits(Limits::default().with_heap_bytes(32 << 20));
/// # let _ = spec;
/// ```
#[derive(Clone)]
pub struct ActorSpec {
    module: Module,
    args: Vec<String>,
    name: Option<Arc<str>>,
    limits: Limits,
    clock_resolution: Option<Duration>,
    ends_when_quiescent: bool,
    loader: Option<Arc<dyn Loader>>,
    ancestors: Option<Arc<Brood>>,
}

/// A spec whose module has a URL.
pub(crate) struct Resolved {
    pub url: String,
    pub source: Option<Source>,
    pub args: Vec<String>,
    pub name: Option<Arc<str>>,
    pub limits: Limits,
    pub clock_resolution: Option<Duration>,
    pub ends_when_quiescent: bool,
    pub loader: Arc<dyn Loader>,
    /// Where it counts as a descendant, if JavaScript spawns it.
    pub ancestors: Option<Arc<Brood>>,
}

impl ActorSpec {
    pub(crate) fn of_source(url: String, source: Source) -> Self {
        Self::of(Module::Source { url, source })
    }

    fn of(module: Module) -> Self {
        Self {
            module,
            args: Vec::new(),
            name: None,
            limits: Limits::default(),
            clock_resolution: None,
            ends_when_quiescent: false,
            loader: None,
            ancestors: None,
        }
    }

    /// The module in this file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::of(Module::File(path.into()))
    }

    /// The module at this URL, had from the runtime's loader.
    pub fn url(url: impl Into<String>) -> Self {
        Self::of(Module::Url(url.into()))
    }

    /// A module of this text. Its relative imports are resolved against the working directory.
    pub fn source(text: impl Into<Arc<str>>) -> Self {
        Self::module("nano:main", text)
    }

    /// A module of this text at this URL.
    pub fn module(url: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self::of_source(url.into(), Source::new(text))
    }

    /// A name for people, in errors and statistics.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What the main module finds as `import.meta.args`, a frozen array of strings; other modules have
    /// no such property.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// The isolate's limits; without them, the defaults of [`Limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where this isolate's modules, and those of the isolates that it spawns, come from, instead of the
    /// runtime's loader and import map.
    ///
    /// ```
    /// use nano::{ActorSpec, MemoryLoader, Runtime};
    ///
    /// let runtime = Runtime::builder().isolate_threads(1).build()?;
    /// let tenant = MemoryLoader::new()
    ///   .with("app:/main.js", "export { greet } from './words.js';")
    ///   .with("app:/words.js", "export const greet = (who) => `Hello, ${who}!`;");
    /// runtime.block_on(async {
    ///   let actor = runtime.spawn(ActorSpec::url("app:/main.js").loader(tenant)).await?;
    ///   assert_eq!(actor.ask::<String>("greet", "world").await?, "Hello, world!");
    ///   Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn loader(self, loader: impl Loader + 'static) -> Self {
        self.shared_loader(Arc::new(loader))
    }

    pub(crate) fn shared_loader(mut self, loader: Arc<dyn Loader>) -> Self {
        self.loader = Some(loader);
        self
    }

    /// In what steps the isolate sees time in `performance` and events; without it, in the runtime's. See
    /// [`RuntimeBuilder::clock_resolution`](crate::RuntimeBuilder::clock_resolution).
    #[must_use]
    pub fn clock_resolution(mut self, step: Duration) -> Self {
        self.clock_resolution = Some(step);
        self
    }

    /// Has the isolate end by itself, normally, once nothing is left that could make it run: no timer, no
    /// request, no call. That is how a script behaves; an actor waits for messages.
    ///
    /// An error that its module throws fires an `error` event, as any other. A listener that calls `preventDefault`
    /// lets a script go on with what is left to do, without exports; an actor never becomes ready and ends. Whoever
    /// waits for the start is told of the error in either case.
    #[must_use]
    pub fn ends_when_quiescent(mut self, ends: bool) -> Self {
        self.ends_when_quiescent = ends;
        self
    }

    pub(crate) fn descends_from(mut self, ancestors: Arc<Brood>) -> Self {
        self.ancestors = Some(ancestors);
        self
    }

    pub(crate) fn shared_name(mut self, name: Option<String>) -> Self {
        self.name = name.map(Into::into);
        self
    }

    /// With the module's URL, and with `loader` unless it has one of its own.
    pub(crate) fn resolve(self, loader: &Arc<dyn Loader>) -> Result<Resolved, SpawnError> {
        let loader = self.loader.unwrap_or_else(|| loader.clone());
        let (url, source) = match self.module {
            Module::Url(url) => (url, None),
            Module::File(path) => (loader.file_url(&path).map_err(SpawnError::Module)?, None),
            Module::Source { url, source } => (url, Some(source)),
        };
        let Self {
            args,
            name,
            limits,
            clock_resolution,
            ends_when_quiescent,
            ancestors,
            ..
        } = self;
        Ok(Resolved {
            url,
            source,
            args,
            name,
            limits,
            clock_resolution,
            ends_when_quiescent,
            loader,
            ancestors,
        })
    }
}
