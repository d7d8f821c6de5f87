//! The world around one isolate: what its engine asks for, answered by the runtime.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Weak};
use std::time::Instant;

use nano_proto::{AskError, ExitReason, IsolateId, JsError, Receipt, Undelivered};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use super::output::is_error;
use super::{ActorSpec, Inner};
use crate::error::{MAX_NAME_BYTES, RegisterError, SpawnError};
use crate::exchange::{
    BlobEntry, Broadcasts, Cancel, Event, Host, LOADS, LoadRequest, Loaded, Peer, Replied, Reply,
    ReplyTo, SpawnRequest, Stream, WorkerRequest,
};
use crate::isolate::{Brood, Cell, Family, Place, actor_value};
use crate::loader::{self, Fetched, LoadError, Loader, Source};

struct IsolateHost {
    inner: Arc<Inner>,
    loader: Arc<dyn Loader>,
    cell: Weak<Cell>,
    me: Arc<dyn Peer>,
    /// What is being loaded.
    loads: RefCell<Loads>,
    /// Places for loads: the others wait, so that an isolate cannot take all threads that read.
    places: Arc<Semaphore>,
    /// Where its descendants are counted.
    brood: Arc<Brood>,
    /// The script of a worker that was made by a `blob:` URL, which may stand for nothing any more; until it is loaded.
    script: RefCell<Option<BlobScript>>,
}

/// A `blob:` URL and what it stood for.
pub(super) type BlobScript = (String, BlobEntry);

/// What is being loaded for one isolate; given up with it.
#[derive(Default)]
struct Loads {
    /// Each gives what it was for, and its number.
    tasks: JoinSet<(LoadRequest, u64)>,
    /// Those that have not ended, by what they are for, with their numbers: what failed is asked for again.
    open: HashMap<LoadRequest, (u64, AbortHandle)>,
    last: u64,
}

impl Loads {
    /// Begins to load `request` by `load`.
    fn begin(
        &mut self,
        request: LoadRequest,
        load: impl Future<Output = ()> + Send + 'static,
        on: &Handle,
    ) {
        while let Some(ended) = self.tasks.try_join_next() {
            // An error means that it was given up, and is not among the open ones.
            if let Ok((request, number)) = ended
                && let Entry::Occupied(open) = self.open.entry(request)
                && open.get().0 == number
            {
                open.remove();
            }
        }
        self.last += 1;
        let (number, wanted) = (self.last, request.clone());
        let task = async move {
            load.await;
            (wanted, number)
        };
        let task = self.tasks.spawn_on(task, on);
        self.open.insert(request, (number, task));
    }

    /// Gives up to load `request`.
    fn forget(&mut self, request: &LoadRequest) {
        if let Some((_, task)) = self.open.remove(request) {
            task.abort();
        }
    }
}

/// Why a child did not start, for its parent.
fn not_started(error: SpawnError) -> AskError {
    match error {
        SpawnError::Refused(limit) | SpawnError::Start(ExitReason::Limit(limit)) => {
            AskError::Limit(limit)
        }
        SpawnError::Start(reason) => AskError::Unknown(start_failed(reason)),
        error => AskError::not_delivered(Undelivered::Unreachable(error.to_string()), None),
    }
}

/// The end of a child before it had started, as its parent is told: with the child's own error, or with one that
/// says how it ended.
fn start_failed(reason: ExitReason) -> ExitReason {
    match reason {
        ExitReason::StartFailed(_) => reason,
        ExitReason::Threw(error) => ExitReason::StartFailed(error),
        reason => {
            let text = format!("the isolate ended while it started: {reason}");
            ExitReason::StartFailed(JsError::new("OperationError", text))
        }
    }
}

/// When a start is taken back, and why. That its parent ended says nothing of the child.
async fn taken_back(cancelled: oneshot::Receiver<Cancel>) -> Cancel {
    match cancelled.await {
        Ok(why) => why,
        Err(_) => std::future::pending().await,
    }
}

/// What becomes of a `spawn` whose call nobody waits for any more.
fn given_up(why: Cancel, begun: Instant) -> AskError {
    match why {
        Cancel::Dropped => AskError::Cancelled,
        Cancel::Deadline => AskError::Timeout {
            after_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            started: true,
        },
    }
}

/// The host of `cell`, whose modules come from `loader`, a worker's from `script` if it is a Blob's, and whose
/// descendants are counted in `brood`.
pub(super) fn boxed(
    inner: Arc<Inner>,
    loader: Arc<dyn Loader>,
    brood: Arc<Brood>,
    script: Option<BlobScript>,
    cell: &Arc<Cell>,
) -> Box<dyn Host> {
    Box::new(IsolateHost {
        inner,
        loader,
        cell: Arc::downgrade(cell),
        me: cell.clone(),
        loads: RefCell::default(),
        places: Arc::new(Semaphore::new(LOADS)),
        brood,
        script: RefCell::new(script),
    })
}

impl IsolateHost {
    fn load_blob(&self, request: &LoadRequest) -> Result<Source, LoadError> {
        let LoadRequest { url, kind } = request;
        let script = self
            .script
            .borrow_mut()
            .take_if(|(script, _)| **script == **url);
        let entry = match script {
            Some((_, entry)) => Some(entry),
            None => self.inner.blob_urls.find(url),
        };
        match entry.and_then(|entry| Some((entry.copy()?, entry))) {
            Some((bytes, entry)) => loader::source_of_blob(url, *kind, &entry.media_type, bytes),
            None => Err(LoadError::NotFound {
                url: url.to_string(),
            }),
        }
    }

    fn print(&self, error: bool, text: &str) {
        let cell = self.cell.upgrade();
        let is_over = || cell.as_ref().is_none_or(|cell| cell.control().is_stopped());
        let write = || self.inner.output.write_until(error, text, &is_over);
        match &cell {
            Some(cell) => cell.control().standing(write),
            None => write(),
        }
    }
}

impl Host for IsolateHost {
    fn myself(&self) -> &Arc<dyn Peer> {
        &self.me
    }

    fn find(&self, id: IsolateId) -> Option<Arc<dyn Peer>> {
        let alive = self
            .inner
            .directory
            .find(id)
            .map(|cell| cell as Arc<dyn Peer>);
        alive.or_else(|| self.inner.directory.find_ended(id))
    }

    fn spawn(&self, request: SpawnRequest, number: u64) -> oneshot::Sender<Cancel> {
        let SpawnRequest {
            url,
            source,
            name,
            limits,
            clock_resolution,
            linked,
        } = request;
        let spec = match source {
            Some(source) => ActorSpec::of_source(url, source),
            None => ActorSpec::url(url),
        };
        let spec = spec
            .shared_name(name)
            .limits(limits)
            .shared_loader(self.loader.clone())
            .clock_resolution(clock_resolution)
            .descends_from(self.brood.clone());
        let (inner, parent) = (self.inner.clone(), self.me.clone());
        let (cancel, cancelled) = oneshot::channel();
        // Answers by itself if the task ends without a word.
        let reply = Reply::new(ReplyTo::Peer {
            peer: parent.clone(),
            number,
            stage: None,
        });
        let place = match Place::take(&self.brood) {
            Ok(place) => place,
            Err(exceeded) => {
                reply.send(Err(AskError::Limit(exceeded)));
                return cancel;
            }
        };
        self.inner.io.spawn(async move {
            let begun = Instant::now();
            let started = tokio::select! {
                biased;
                started = inner.spawn(spec) => started,
                why = taken_back(cancelled) => {
                    drop(place);
                    return reply.send(Err(given_up(why, begun)));
                }
            };
            let outcome = match started {
                Ok(child) => {
                    child.cell().ending().hold(place);
                    if linked {
                        child.cell().link(parent.clone());
                    }
                    Ok(Replied {
                        value: actor_value(child.id()),
                        receipt: Receipt::default(),
                    })
                }
                Err(error) => {
                    // Free before anybody is told.
                    drop(place);
                    Err(not_started(error))
                }
            };
            reply.send(outcome);
        });
        cancel
    }

    fn start_worker(&self, request: WorkerRequest) -> Result<Arc<dyn Peer>, AskError> {
        let WorkerRequest {
            url,
            limits,
            clock_resolution,
            start,
        } = request;
        let place = Place::take(&self.brood).map_err(AskError::Limit)?;
        // For people; what the worker itself finds as its name may be longer.
        let shown = start.name.floor_char_boundary(MAX_NAME_BYTES);
        let name = start.name.get(..shown).filter(|name| !name.is_empty());
        let spec = ActorSpec::url(url)
            .shared_name(name.map(str::to_owned))
            .limits(limits)
            .shared_loader(self.loader.clone())
            .clock_resolution(clock_resolution)
            .descends_from(self.brood.clone())
            .ends_when_quiescent(true);
        let begun = self
            .inner
            .begin_as(spec, Family::None, Some(Box::new(start)));
        // The channel tells its parent of a start that fails.
        let (child, _) = begun.map_err(not_started)?;
        child.cell().ending().hold(place);
        Ok(child.cell().clone())
    }

    fn broadcasts(&self) -> &Arc<Broadcasts> {
        &self.inner.broadcasts
    }

    fn register(&self, name: &str, peer: &Arc<dyn Peer>) -> Result<(), RegisterError> {
        match self.inner.directory.find(peer.id()) {
            Some(cell) => self.inner.registry.register(name, &cell),
            None => Err(RegisterError::Ended(name.into())),
        }
    }

    fn lookup(&self, name: &str) -> Option<Arc<dyn Peer>> {
        self.inner
            .registry
            .lookup(name)
            .map(|cell| cell as Arc<dyn Peer>)
    }

    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        loader::resolve_with(&*self.loader, specifier, referrer)
    }

    fn load(&self, request: LoadRequest) -> Option<Result<Source, LoadError>> {
        if loader::is_blob(&request.url) {
            return Some(self.load_blob(&request));
        }
        match loader::load(&*self.loader, &request.url, request.kind) {
            Fetched::Now(result) => Some(result),
            Fetched::Later(future) => {
                let (cell, places) = (self.cell.clone(), self.places.clone());
                let LoadRequest { url, kind } = request.clone();
                let load = async move {
                    // An error would mean that the places are closed, which they never are.
                    let place = places.acquire().await;
                    let result = future.await;
                    drop(place);
                    if let Some(cell) = cell.upgrade() {
                        cell.push(Event::Loaded(Box::new(Loaded { url, kind, result })));
                    }
                };
                self.loads.borrow_mut().begin(request, load, &self.inner.io);
                None
            }
        }
    }

    fn forget_load(&self, request: &LoadRequest) {
        self.loads.borrow_mut().forget(request);
    }

    fn create_blob_url(&self, entry: BlobEntry) -> Option<String> {
        let owner = self.me.id();
        let url = self.inner.blob_urls.create(owner, entry)?;
        // Whoever ends it looks for its URLs when it is in the directory no more.
        if self.inner.directory.find(owner).is_none() {
            self.inner.blob_urls.forget(owner);
        }
        Some(url)
    }

    fn revoke_blob_url(&self, url: &str) {
        self.inner.blob_urls.revoke(url);
    }

    fn find_blob_url(&self, url: &str) -> Option<BlobEntry> {
        self.inner.blob_urls.find(url)
    }

    fn write(&self, stream: Stream, text: &str) {
        self.print(is_error(stream), text);
    }

    fn color(&self, stream: Stream) -> bool {
        self.inner.output.color(is_error(stream))
    }

    fn give_up_thread(&self) {
        self.inner.scheduler.give_up_current();
    }

    fn end(&self, reason: ExitReason) {
        if let Some(cell) = self.cell.upgrade() {
            cell.end(reason);
        }
    }

    fn complain(&self, what: &str) {
        let name = self
            .cell
            .upgrade()
            .and_then(|cell| cell.name().map(str::to_owned));
        let who = name.unwrap_or_else(|| self.me.id().to_string());
        self.print(true, &format!("{who}: {what}\n"));
    }

    fn dead_letter(&self, entry: &str, error: AskError) {
        self.complain(&format!("message '{entry}' was lost: {error}"));
    }
}
