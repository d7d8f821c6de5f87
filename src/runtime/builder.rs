//! How a runtime is set up.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nano_actors::clock::Clock;

use super::blob_urls::BlobUrls;
use super::process_output::ProcessOutput;
use super::spares::Spares;
use super::{Directory, Inner, Io, Keeper, Output, Runtime, Timers};
use crate::blocking;
use crate::engine::{CLOCK_RESOLUTION, OsThread, Starts, start_v8};
use crate::error::{SpawnError, panic_text};
use crate::loader::{FileLoader, LoadError, Loader, Mapped};
use crate::machine::total_memory;
use crate::schedule::Scheduler;
use crate::supervise::{Groups, Registry};

/// Sets up a [`Runtime`]. Every setting has a default that suits the machine.
#[must_use]
pub struct RuntimeBuilder {
    isolate_threads: Option<usize>,
    io_threads: usize,
    spare_threads: usize,
    warm_spares: usize,
    warm_from_start: bool,
    max_isolates: Option<u64>,
    max_lost_bytes: Option<u64>,
    wasm_pages: Option<u32>,
    clock_resolution: Duration,
    loader: Option<Arc<dyn Loader>>,
    import_map: Option<import_map::ImportMap>,
    output: Option<Arc<dyn Output>>,
}

impl Default for RuntimeBuilder {
    fn default() -> Self {
        Self {
            isolate_threads: None,
            io_threads: 1,
            spare_threads: 1_024,
            warm_spares: 64,
            warm_from_start: true,
            max_isolates: None,
            max_lost_bytes: None,
            wasm_pages: None,
            clock_resolution: CLOCK_RESOLUTION,
            loader: None,
            import_map: None,
            output: None,
        }
    }
}

impl RuntimeBuilder {
    /// How many threads run isolates; one per core by default.
    pub fn isolate_threads(mut self, threads: usize) -> Self {
        self.isolate_threads = Some(threads.max(1));
        self
    }

    /// How many threads do input and output; 1 by default.
    pub fn io_threads(mut self, threads: usize) -> Self {
        self.io_threads = threads.max(1);
        self
    }

    /// How many threads may be started besides, while all isolate threads are stuck; 1,024 by default. Each
    /// runs one turn that goes on and on, up to its limit of CPU time, and ends when there is nothing to do. Where
    /// there are 16 threads or more, nearly all are in such turns and others wait, the isolates that have a limit on
    /// their CPU time and whose turns have used 500 ms of it or more end, with
    /// [`LimitKind::Threads`](nano_proto::LimitKind::Threads), until there is room. Where the operating system gives
    /// fewer threads than that, 100 ms are enough, and the last thread is kept for isolates whose turns are short.
    pub fn spare_threads(mut self, threads: usize) -> Self {
        self.spare_threads = threads;
        self
    }

    /// How many isolates are kept ready at most; 64 by default, 0 for none.
    pub fn warm_spares(mut self, isolates: usize) -> Self {
        self.warm_spares = isolates;
        self
    }

    /// Whether the first isolates are made ready at once, which is the default, or only when something
    /// has been spawned: for a program that may well spawn nothing more.
    pub fn warm_from_start(mut self, from_start: bool) -> Self {
        self.warm_from_start = from_start;
        self
    }

    /// How many isolates may live at once. By default what the machine's memory and the kernel's limit on
    /// mappings allow.
    pub fn max_isolates(mut self, isolates: u64) -> Self {
        self.max_isolates = Some(isolates);
        self
    }

    /// How much memory isolates may hold whose thread was given up, in bytes, before spawning is refused; a
    /// quarter of the machine's memory by default. What the last turn has made the process grow by counts as well.
    /// Such a thread may never come back, and then its isolate's memory does not: a program that is refused should
    /// finish what it has and start anew.
    pub fn max_lost_bytes(mut self, bytes: u64) -> Self {
        self.max_lost_bytes = Some(bytes);
        self
    }

    /// How many pages of 64 KiB a WebAssembly memory may have; 16,384 by default, which is 1 GiB. V8 takes the
    /// number once for the whole process: the first runtime decides, and what an isolate may hold in all is
    /// bounded by [`Limits::external_bytes`](nano_proto::Limits::external_bytes) and `buffer_bytes` together.
    pub fn wasm_pages(mut self, pages: u32) -> Self {
        self.wasm_pages = Some(pages);
        self
    }

    /// In what steps isolates see time in `performance` and events; 5 µs by default, no finer than 1 µs and no coarser
    /// than 1 s. `Date` and `Temporal.Now` are V8's own and have its clock, whatever is set here: whole milliseconds, and
    /// steps of about 1 µs. So this keeps nobody from measuring how long things take who means to.
    pub fn clock_resolution(mut self, step: Duration) -> Self {
        self.clock_resolution = step;
        self
    }

    /// Where modules come from; files and `data:` URLs by default.
    pub fn loader(mut self, loader: impl Loader + 'static) -> Self {
        self.loader = Some(Arc::new(loader));
        self
    }

    /// An import map, by the rules of HTML, over whatever loader there is: its JSON text, and the URL to
    /// which its relative addresses are relative. `integrity` and keys that HTML does not know are ignored;
    /// an address that is neither a URL nor `null` is refused, where a browser would only warn.
    ///
    /// # Errors
    /// [`LoadError::ImportMap`] where the text is no import map.
    pub fn import_map(mut self, json: &str, base_url: &str) -> Result<Self, LoadError> {
        self.import_map = Some(Mapped::parse(json, base_url)?);
        Ok(self)
    }

    /// Where `console` writes; the process's own streams by default, as a [`ProcessOutput`].
    pub fn output(mut self, output: impl Output + 'static) -> Self {
        self.output = Some(Arc::new(output));
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// [`SpawnError::Threads`] where the operating system gives no threads; [`SpawnError::TooManyThreads`] where
    /// more were asked for than 4,096 of a kind, or 32,768 spare ones; [`SpawnError::WasmPages`] where another
    /// runtime of the process has other pages; [`SpawnError::Addresses`] where the process's own limit on addresses is
    /// too low for V8.
    pub fn build(self) -> Result<Runtime, SpawnError> {
        let threads = [
            ("isolate_threads", self.isolate_threads.unwrap_or(1), 4_096),
            ("io_threads", self.io_threads, 4_096),
            ("spare_threads", self.spare_threads, 32_768),
        ];
        for (setting, wanted, most) in threads {
            if wanted > most {
                return Err(SpawnError::TooManyThreads {
                    setting,
                    wanted,
                    most,
                });
            }
        }
        crate::engine::check_addresses()
            .map_err(|(needed, allowed)| SpawnError::Addresses { needed, allowed })?;
        if let Some(wanted) = self.wasm_pages {
            crate::engine::set_wasm_pages(wanted)
                .map_err(|holds| SpawnError::WasmPages { wanted, holds })?;
        }
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let no_threads = |error: std::io::Error| SpawnError::Threads(error.to_string());
        let isolate_threads = self.isolate_threads.unwrap_or(cores);
        start_v8().map_err(no_threads)?;
        let tokio = || {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(self.io_threads)
                .thread_name("nano-io")
                .on_thread_start(OsThread::ask_for_short_slices)
                .enable_all()
                .build()
        };
        // It panics where it gets no thread.
        let tokio = catch_unwind(tokio)
            .unwrap_or_else(|panic| Err(std::io::Error::other(panic_text(&*panic))))
            .map_err(no_threads)?;
        let handle = tokio.handle().clone();
        let io = Io::new(tokio);
        let mut starts = Starts::new();
        blocking::start(&mut starts);
        let scheduler = Scheduler::start(isolate_threads, self.spare_threads, &mut starts)
            .map_err(no_threads)?;
        let clock = Clock::start(&handle, OsThread::ask_for_short_slices);
        let clock = clock.and_then(|clock| starts.wait().map(|()| clock));
        let clock = clock.map_err(|error| {
            scheduler.stop();
            no_threads(error)
        })?;
        let ceiling = self
            .max_isolates
            .unwrap_or_else(super::directory::machine_ceiling);
        let loader = self.loader.unwrap_or_else(|| Arc::new(FileLoader::new()));
        let loader = match self.import_map {
            Some(map) => Arc::new(Mapped::new(map, loader)),
            None => loader,
        };
        let inner = Arc::new(Inner {
            scheduler,
            clock,
            directory: Directory::new(ceiling),
            max_lost_bytes: self
                .max_lost_bytes
                .unwrap_or_else(|| total_memory().map_or(u64::MAX, |bytes| bytes / 4)),
            registry: Registry::default(),
            broadcasts: std::sync::Arc::default(),
            groups: Groups::default(),
            blob_urls: BlobUrls::default(),
            spares: Spares::start(self.warm_spares, self.warm_from_start),
            loader,
            output: self
                .output
                .unwrap_or_else(|| Arc::new(ProcessOutput::shared())),
            clock_resolution: self.clock_resolution,
            io: handle,
            timers: Timers::new(&io),
        });
        let keeper = Arc::new(Keeper {
            inner: inner.clone(),
            _io: io,
        });
        Ok(Runtime {
            inner,
            _keeper: keeper,
        })
    }
}
