//! The runtime: threads, I/O actors and the directory of living isolates.

mod blob_urls;
mod builder;
mod directory;
mod host;
mod output;
mod process_output;
mod spares;
mod spec;
mod spin;
mod starting;
mod stream;
mod timers;

use std::sync::Arc;
use std::time::Duration;

use nano_actors::clock::ClockHandle;
use nano_proto::{ExitReason, LimitKind};

use crate::blocking;
use crate::engine::{Control, check_lost_mappings};
use crate::error::{ShutdownError, SpawnError};
use crate::exchange::{Broadcasts, Event, Start, WorkerStart};
use crate::isolate::{ActorRef, Body, Brood, Cell, ControlActor, Credits, Family, Lineage};
use crate::loader::Loader;
use crate::schedule::Scheduler;
use crate::supervise::{Group, Groups, Registry, SupervisorBuilder};

pub use builder::RuntimeBuilder;
pub(crate) use directory::Directory;
pub use output::{Output, wants_color, write_whole};
pub use process_output::ProcessOutput;
pub use spec::ActorSpec;
pub(crate) use starting::Starting;
pub(crate) use timers::{Io, Late, Timers};

/// How long a shutdown waits for isolates that it has killed, before it ends them for everybody though V8 still
/// runs them.
const KILL_WAIT: Duration = Duration::from_secs(1);

/// How long the end of a runtime waits for what was printed where nobody reads it.
const UNREAD_WAIT: Duration = Duration::from_millis(500);

/// What all isolates of a runtime share.
pub(crate) struct Inner {
    pub scheduler: Arc<Scheduler>,
    pub clock: ClockHandle,
    pub directory: Directory,
    /// What isolates of lost threads may hold, in bytes, before spawning is refused.
    pub max_lost_bytes: u64,
    pub registry: Registry,
    pub broadcasts: Arc<Broadcasts>,
    pub groups: Groups,
    pub blob_urls: blob_urls::BlobUrls,
    pub spares: spares::Spares,
    pub loader: Arc<dyn Loader>,
    pub output: Arc<dyn Output>,
    /// In what steps isolates see time, where nothing else is said.
    pub clock_resolution: Duration,
    pub io: tokio::runtime::Handle,
    pub timers: Timers,
}

/// Threads that run isolates, and the actors that do their input and output.
///
/// Dropping the last handle kills the isolates that still live; [`Runtime::shutdown`] lets them finish.
///
/// ```
/// use std::time::Duration;
/// use nano::{ActorSpec, Runtime};
///
/// let runtime = Runtime::builder().isolate_threads(1).build()?;
/// runtime.block_on(async {
///   let greeter = runtime.spawn(ActorSpec::source("export const greet = (who) => `Hello, ${who}!`;")).await?;
///   greeter.register("greeter")?;
///   let found = runtime.lookup("greeter").ok_or("registered above")?;
///   assert_eq!(found.ask::<String>("greet", "world").await?, "Hello, world!");
///   assert_eq!(runtime.stats().isolates, 1);
///   runtime.shutdown(Duration::from_secs(5)).await?;
///   Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
    // Dropped last: stops the threads.
    _keeper: Arc<Keeper>,
}

/// Stops the threads when the last handle of a runtime is gone.
struct Keeper {
    inner: Arc<Inner>,
    /// Goes when the asks in progress have ended as well.
    _io: Arc<Io>,
}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Runtime>();
};

impl Runtime {
    /// A builder with the defaults: an isolate thread per core.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// A runtime with the defaults.
    ///
    /// # Errors
    /// [`SpawnError::Threads`] where the operating system gives no threads; [`SpawnError::Addresses`] where the process
    /// may have too few addresses for V8.
    pub fn new() -> Result<Self, SpawnError> {
        Self::builder().build()
    }

    /// Starts an isolate and waits until its module has been evaluated, for at most the wall time of a call
    /// ([`Limits::wall_ms_per_call`](nano_proto::Limits::wall_ms_per_call), 30 s by default): then the isolate ends,
    /// and so does one whose future is dropped before.
    ///
    /// # Errors
    /// [`SpawnError::Refused`] where a ceiling is reached; [`SpawnError::Start`] where the module does
    /// not load, throws, or the isolate ends before it has been evaluated.
    pub async fn spawn(&self, spec: ActorSpec) -> Result<ActorRef, SpawnError> {
        self.inner.spawn(spec).await
    }

    /// Starts an isolate without waiting for its module: the handle is there at once, and
    /// [`ActorRef::wait`] says why it ended, be it that it never started. The start has the same time.
    ///
    /// # Errors
    /// [`SpawnError::Refused`] where a ceiling is reached; [`SpawnError::Module`] where the module has no
    /// URL.
    pub fn spawn_begin(&self, spec: ActorSpec) -> Result<ActorRef, SpawnError> {
        self.inner.begin(spec, Family::None).map(|(actor, _)| actor)
    }

    /// Ends all isolates and supervisors, lets running calls finish for at most `grace`, then kills the rest. What was
    /// printed is written, unless nobody reads it.
    ///
    /// # Errors
    /// [`ShutdownError::Killed`] with the number of isolates that did not end in time.
    pub async fn shutdown(&self, grace: Duration) -> Result<(), ShutdownError> {
        let cells = self.inner.directory.close();
        let endings: Vec<_> = cells.iter().map(|cell| cell.watch_ending()).collect();
        for cell in &cells {
            cell.push(Event::Drain);
        }
        let all = async {
            for ending in endings {
                // An error means that the isolate is gone altogether.
                let _ = ending.await;
            }
            self.inner.directory.supervisors_done().await;
        };
        let in_time = self.inner.timers.within(grace, all).await.is_ok();
        let killed = if in_time {
            0
        } else {
            self.inner.kill_all().await
        };
        let output = self.inner.output.clone();
        let flush = move || output.flush(UNREAD_WAIT);
        // None would be a panic of the embedder's.
        let _ = blocking::run(flush).await;
        if killed == 0 {
            Ok(())
        } else {
            Err(ShutdownError::Killed { isolates: killed })
        }
    }

    /// Runs a future on the calling thread, outside any async context, and waits for it. A wait of some
    /// microseconds, as for an isolate's answer, is spent spinning, since waking a thread takes longer.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.io.block_on(spin::spinning(future))
    }

    /// The I/O runtime, to spawn Rust tasks beside the isolates.
    pub fn handle(&self) -> &tokio::runtime::Handle {
        &self.inner.io
    }

    /// The isolate of this name.
    pub fn lookup(&self, name: &str) -> Option<ActorRef> {
        self.inner
            .registry
            .lookup(name)
            .map(|cell| ActorRef::new(cell, self.inner.clone()))
    }

    /// The group of this name, to be told the same.
    pub fn group(&self, name: &str) -> Group {
        Group::new(name, self.inner.clone())
    }

    /// Sets up a supervisor.
    pub fn supervisor(&self) -> SupervisorBuilder {
        SupervisorBuilder::new(self.inner.clone())
    }

    /// Figures of the runtime.
    pub fn stats(&self) -> RuntimeStats {
        let schedule = self.inner.scheduler.stats();
        RuntimeStats {
            isolates: self.inner.directory.len() as u64,
            migrations: schedule.migrations,
            spare_threads: schedule.spare_threads,
            lost_threads: schedule.lost_threads,
            lost_bytes: schedule.lost_bytes,
            queued: schedule.queued,
            warm_spares: self.inner.spares.len() as u64,
        }
    }
}

/// Figures of a runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeStats {
    /// Isolates that live.
    pub isolates: u64,
    /// How often an isolate was taken over by another thread.
    pub migrations: u64,
    /// Threads that were started because every isolate thread was stuck in a long turn.
    pub spare_threads: u64,
    /// Threads that were given up, each with the isolate whose turn it ran: V8 could not go on, or did not
    /// look at the end of the turn for seconds. Others have taken their places.
    pub lost_threads: u64,
    /// Memory that the isolates of lost threads hold, in bytes, with what their last turns have made the process grow
    /// by: it comes back where the thread does.
    pub lost_bytes: u64,
    /// Isolates that wait for a turn.
    pub queued: u64,
    /// Isolates that are kept ready to become an actor.
    pub warm_spares: u64,
}

impl Inner {
    /// Starts an isolate and waits for its module; the isolate ends where nobody does any more.
    pub async fn spawn(self: &Arc<Self>, spec: ActorSpec) -> Result<ActorRef, SpawnError> {
        let (actor, ready) = self.begin(spec, Family::None)?;
        let starting = Starting::new(actor.cell().clone());
        let outcome = ready.await;
        starting.done();
        match outcome {
            Ok(Ok(())) => Ok(actor),
            Ok(Err(reason)) => Err(SpawnError::Start(reason)),
            Err(_) => Err(SpawnError::Start(
                actor.cell().ending().reason().unwrap_or(ExitReason::Killed),
            )),
        }
    }

    /// Starts an isolate; the receiver tells when its module has been evaluated.
    pub fn begin(
        self: &Arc<Self>,
        spec: ActorSpec,
        family: Family,
    ) -> Result<
        (
            ActorRef,
            tokio::sync::oneshot::Receiver<Result<(), ExitReason>>,
        ),
        SpawnError,
    > {
        self.begin_as(spec, family, None)
    }

    /// The same for an isolate that may be a worker.
    pub fn begin_as(
        self: &Arc<Self>,
        spec: ActorSpec,
        family: Family,
        mut worker: Option<Box<WorkerStart>>,
    ) -> Result<
        (
            ActorRef,
            tokio::sync::oneshot::Receiver<Result<(), ExitReason>>,
        ),
        SpawnError,
    > {
        let spec = spec.resolve(&self.loader)?;
        let lost = self.scheduler.lost();
        LimitKind::LostMemory
            .check(lost.bytes(), self.max_lost_bytes)
            .and_then(|()| check_lost_mappings(lost.mappings()))
            .map_err(SpawnError::Refused)?;
        let (id, room) = self.directory.reserve()?;
        let spare = self.spares.take(&spec.limits);
        let control = match &spare {
            Some(vm) => {
                let control = vm.control().clone();
                control.assign(spec.limits);
                control
            }
            None => {
                let control = Control::new(spec.limits);
                control.keep_room(room);
                control
            }
        };
        control.set_clock_resolution(spec.clock_resolution.unwrap_or(self.clock_resolution));
        let of_its_own = Brood::within(spec.ancestors, control.limits().isolates);
        let lineage = match family {
            Family::None => None,
            Family::First { keeps_mailbox } => Some(Lineage::new(
                Credits::new(id, control.limits()),
                of_its_own.clone(),
                keeps_mailbox,
            )),
            Family::Next(lineage) => Some(lineage),
        };
        let brood = match &lineage {
            Some(lineage) => lineage.brood().clone(),
            None => of_its_own,
        };
        let inner = self.clone();
        let loader = spec.loader;
        let script = worker.as_mut().and_then(|worker| worker.script.take());
        let script = script.map(|entry| (spec.url.clone(), entry));
        let make_host =
            Box::new(move |cell: &Arc<Cell>| host::boxed(inner, loader, brood, script, cell));
        let body = Body::new(
            spare,
            make_host,
            self.clock.clone(),
            spec.ends_when_quiescent,
        );
        let cell = Cell::new(
            id,
            spec.name,
            control,
            self.scheduler.clone(),
            body,
            lineage.clone(),
        );
        let is_open = self.directory.insert(&cell);
        let directory = Arc::downgrade(self);
        cell.when_ended(move |reason| {
            if let Some(inner) = directory.upgrade() {
                inner.directory.remove(id, reason);
                inner.blob_urls.forget(id);
                inner.registry.forget(id);
            }
        });
        cell.set_control_actor(ControlActor::start(&self.io, &cell));
        let (ready, receiver) = tokio::sync::oneshot::channel();
        cell.push(Event::Start(Box::new(Start {
            url: spec.url,
            source: spec.source,
            args: spec.args,
            ends_when_quiescent: spec.ends_when_quiescent,
            ready,
            worker,
        })));
        if let Some(lineage) = &lineage {
            lineage.adopt(&cell);
        }
        if !is_open {
            cell.stop(ExitReason::Shutdown);
        }
        Ok((ActorRef::new(cell, self.clone()), receiver))
    }

    /// Kills every isolate, and waits for a while until they have ended; returns how many lived.
    async fn kill_all(&self) -> usize {
        let endings: Vec<_> = self
            .directory
            .close()
            .iter()
            .map(|cell| cell.watch_ending())
            .collect();
        let killed = self.kill();
        let all = async {
            for ending in endings {
                let _ = ending.await;
            }
        };
        // V8 does not stop in some builtins: who waits for those isolates is told all the same.
        if self.timers.within(KILL_WAIT, all).await.is_err() {
            for cell in self.directory.close() {
                cell.give_up();
            }
        }
        // They end with their children, on other threads.
        let done = self.directory.supervisors_done();
        let _ = self.timers.within(KILL_WAIT, done).await;
        killed
    }

    /// Kills every isolate; returns how many lived.
    fn kill(&self) -> usize {
        let cells = self.directory.close();
        for cell in &cells {
            cell.stop(ExitReason::Shutdown);
        }
        cells.len()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.inner.kill();
        self.inner.spares.close();
        self.inner.scheduler.stop();
        self.inner.output.flush(UNREAD_WAIT);
    }
}
