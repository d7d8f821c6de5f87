//! One of the process's streams. Whoever reads it may leave it full: what does not fit waits in a queue, for a thread
//! that does nothing but write.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::engine::{spawn_thread, start_v8};

/// What waits to be written, in bytes, before isolates that print have to wait.
const ROOM: usize = 1 << 20;
/// What is put there without waiting beyond that.
const MOST: usize = 2 * ROOM;
/// How many isolates may wait for as long as it takes: each keeps a thread.
const MANY: usize = 64;
/// How long the others wait before what they print is dropped.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often an isolate that waits looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(10);
/// What a pipe takes at once when it says that it takes something.
const CHUNK: usize = 4 << 10;

/// See the module.
pub(super) struct Stream {
    is_error: bool,
    kind: Kind,
    /// Where it is said what was dropped, if not here.
    notes: Option<Arc<Stream>>,
    /// Told why the stream cannot be written any more.
    told: Box<dyn Fn(&io::Error) + Send + Sync>,
    state: Mutex<State>,
    /// Something is to be written.
    work: Condvar,
    /// Something was written.
    written: Condvar,
}

/// What is at the other end, as far as that matters to who must not wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Takes everything at once.
    File,
    /// Says whether it takes a chunk.
    Pipe,
    /// May keep whoever writes waiting at any time, as terminals and sockets do.
    Other,
}

#[derive(Default)]
struct State {
    queue: Vec<u8>,
    /// What the thread that writes has taken from the queue and not written yet, in bytes.
    taken: usize,
    /// Whether a thread writes.
    is_busy: bool,
    has_thread: bool,
    /// How many isolates wait for room.
    waiting: usize,
    /// Too many wait: who comes now is not kept.
    is_choked: bool,
    /// Texts that were dropped and of which nothing has been said yet.
    dropped: u64,
    /// All that was ever written, in bytes.
    total: u64,
    /// What that was when a flush gave up.
    gave_up_at: Option<u64>,
    is_broken: bool,
    /// Isolates print no more.
    is_sealed: bool,
    /// The thread ends with the queue.
    is_closed: bool,
}

impl State {
    fn held(&self) -> usize {
        self.queue.len() + self.taken
    }

    fn has_room(&self) -> bool {
        self.held() < ROOM
    }

    fn is_empty(&self) -> bool {
        !self.is_busy && self.queue.is_empty()
    }
}

impl Stream {
    pub fn new(
        is_error: bool,
        notes: Option<Arc<Self>>,
        told: impl Fn(&io::Error) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            is_error,
            kind: with_fd(is_error, kind),
            notes,
            told: Box::new(told),
            state: Mutex::default(),
            work: Condvar::new(),
            written: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what an isolate prints, or has it written. Waits for room, unless `is_over`.
    pub fn print(self: &Arc<Self>, text: &[u8], is_over: &dyn Fn() -> bool) {
        if let Some(state) = self.admit(is_over) {
            self.put(state, text);
        }
    }

    /// The same for what nano itself has to say: it does not wait.
    pub fn push(self: &Arc<Self>, text: &[u8]) {
        let mut state = self.lock();
        match state.held() < MOST {
            true => self.put(state, text),
            false => state.dropped += 1,
        }
    }

    /// Waits for room; none where the text is dropped.
    fn admit(&self, is_over: &dyn Fn() -> bool) -> Option<MutexGuard<'_, State>> {
        let mut state = self.lock();
        if state.is_sealed {
            return None;
        }
        if state.has_room() {
            return Some(state);
        }
        if state.is_choked && state.waiting >= MANY {
            state.dropped += 1;
            return None;
        }
        state.waiting += 1;
        let begun = Instant::now();
        let is_admitted = loop {
            if state.is_sealed || is_over() {
                break false;
            }
            if state.is_broken || state.has_room() {
                break true;
            }
            if state.waiting > MANY && begun.elapsed() > PATIENCE {
                state.is_choked = true;
                state.dropped += 1;
                break false;
            }
            state = self.wait(state, LOOK);
        };
        state.waiting -= 1;
        is_admitted.then_some(state)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let waited = self.written.wait_timeout(state, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Writes on this thread what can be written without waiting and comes behind nothing else, so that it is out
    /// whatever happens next. The queue takes the rest.
    fn put<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>, text: &[u8]) {
        if state.is_broken {
            return;
        }
        if self.kind == Kind::Other || !state.is_empty() {
            state.queue.extend_from_slice(text);
            self.hand_over(state);
            return;
        }
        state.is_busy = true;
        drop(state);
        let outcome = self.write_now(text);
        let mut state = self.lock();
        state.is_busy = false;
        match outcome {
            Ok(written) => {
                state.total += written as u64;
                // Before what others have printed meanwhile.
                let rest = text.get(written..).unwrap_or_default();
                state.queue.splice(..0, rest.iter().copied());
                match state.queue.is_empty() {
                    true => self.written.notify_all(),
                    false => self.hand_over(state),
                }
            }
            Err(why) => self.fail(state, &why),
        }
    }

    /// Writes what is taken at once, and tells how much that was.
    fn write_now(&self, text: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while let Some(rest @ [_, ..]) = text.get(written..) {
            if self.kind == Kind::Pipe && !with_fd(self.is_error, is_ready) {
                break;
            }
            match self.write(rest) {
                Ok(bytes) => written += bytes,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(why) => return Err(why.into()),
            }
        }
        Ok(written)
    }

    fn write(&self, bytes: &[u8]) -> rustix::io::Result<usize> {
        let chunk = match self.kind {
            Kind::File => bytes,
            Kind::Pipe | Kind::Other => bytes.get(..CHUNK).unwrap_or(bytes),
        };
        match with_fd(self.is_error, |fd| rustix::io::write(fd, chunk)) {
            // A stream that was closed swallows everything, as the standard library's do.
            Err(Errno::BADF) => Ok(chunk.len()),
            outcome => outcome,
        }
    }

    /// Leaves the queue to the thread that writes.
    fn hand_over<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        if !state.has_thread {
            let name = || "nano-output".to_owned();
            let stream = self.clone();
            let spawned = thread::Builder::new()
                .name(name())
                .spawn(move || stream.serve());
            if spawned.is_err() {
                // When there is a thread to be had it is written.
                if let Err(why) = start_v8() {
                    self.fail(state, &why);
                    return;
                }
                let stream = self.clone();
                spawn_thread(name(), move || stream.serve());
            }
            state.has_thread = true;
        }
        self.work.notify_one();
    }

    /// The life of the thread that writes.
    fn serve(self: &Arc<Self>) {
        let mut state = self.lock();
        loop {
            if state.is_busy || state.queue.is_empty() {
                if state.is_closed && state.is_empty() {
                    return;
                }
                state = self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let batch = std::mem::take(&mut state.queue);
            state.taken = batch.len();
            state.is_busy = true;
            drop(state);
            let outcome = self.write_whole(&batch);
            state = self.lock();
            state.is_busy = false;
            state.taken = 0;
            if let Err(why) = outcome {
                self.fail(state, &why);
                state = self.lock();
            }
            self.written.notify_all();
        }
    }

    /// Writes everything, however long that takes.
    fn write_whole(self: &Arc<Self>, batch: &[u8]) -> io::Result<()> {
        let mut rest = batch;
        while !rest.is_empty() {
            match self.write(rest) {
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    self.note_written(written);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => with_fd(self.is_error, wait_for_room)?,
                Err(why) => return Err(why.into()),
            }
        }
        Ok(())
    }

    fn note_written(self: &Arc<Self>, bytes: usize) {
        let mut state = self.lock();
        state.taken -= bytes;
        state.total += bytes as u64;
        if state.waiting > 0 && state.has_room() {
            self.written.notify_all();
        }
        if state.held() <= ROOM / 2 {
            state.is_choked = false;
            drop(state);
            self.tell_dropped();
        }
    }

    /// Says what was dropped, if anything was.
    fn tell_dropped(self: &Arc<Self>) {
        let dropped = std::mem::take(&mut self.lock().dropped);
        if dropped > 0 {
            let text =
                format!("nano: dropped {dropped} texts that were printed while nobody read\n");
            self.notes.as_ref().unwrap_or(self).push(text.as_bytes());
        }
    }

    /// The stream takes nothing any more.
    fn fail(&self, mut state: MutexGuard<'_, State>, why: &io::Error) {
        let is_first = !std::mem::replace(&mut state.is_broken, true);
        state.queue = Vec::new();
        state.is_choked = false;
        drop(state);
        self.written.notify_all();
        if is_first {
            (self.told)(why);
        }
    }

    /// From now on isolates print nothing; those that wait for room do so no longer.
    pub fn seal(&self) {
        self.lock().is_sealed = true;
        self.written.notify_all();
    }

    /// Nobody has the stream any more but its thread, which ends with the queue.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_one();
    }

    /// Whether nothing waits to be written.
    pub fn is_written(&self) -> bool {
        let state = self.lock();
        state.is_broken || state.is_empty()
    }

    /// Waits until all is written, for as long as something is within `patience`. False where something is left.
    pub fn flush(self: &Arc<Self>, patience: Duration) -> bool {
        self.tell_dropped();
        let mut state = self.lock();
        let (mut total, mut since) = (state.total, Instant::now());
        while !state.is_broken && !state.is_empty() {
            if state.gave_up_at == Some(state.total) {
                return false;
            }
            if state.total != total {
                (total, since) = (state.total, Instant::now());
            }
            if since.elapsed() >= patience {
                state.gave_up_at = Some(total);
                return false;
            }
            state = self.wait(state, LOOK);
        }
        true
    }
}

/// Calls `run` with standard error or standard output.
fn with_fd<T>(is_error: bool, run: impl FnOnce(BorrowedFd<'_>) -> T) -> T {
    match is_error {
        true => run(io::stderr().as_fd()),
        false => run(io::stdout().as_fd()),
    }
}

fn kind(fd: BorrowedFd<'_>) -> Kind {
    let Ok(metadata) = metadata(fd) else {
        return Kind::Other;
    };
    let found = metadata.file_type();
    match () {
        () if found.is_fifo() => Kind::Pipe,
        () if found.is_file() => Kind::File,
        // As /dev/null.
        () if found.is_char_device() && !fd.is_terminal() => Kind::File,
        () => Kind::Other,
    }
}

fn metadata(fd: BorrowedFd<'_>) -> io::Result<std::fs::Metadata> {
    File::from(fd.try_clone_to_owned()?).metadata()
}

/// Whether standard output and standard error are one: then what is printed to both keeps its order.
pub(super) fn are_one() -> bool {
    let name = |is_error| {
        let metadata = with_fd(is_error, metadata).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    name(false).is_some_and(|out| name(true) == Some(out))
}

/// Whether a pipe takes a chunk, or would say why it never will.
fn is_ready(fd: BorrowedFd<'_>) -> bool {
    matches!(poll(&mut [PollFd::new(&fd, PollFlags::OUT)], 0), Ok(ready) if ready > 0)
}

pub(super) fn wait_for_room(fd: BorrowedFd<'_>) -> io::Result<()> {
    match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], -1) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(why) => Err(why.into()),
    }
}
