//! The threads that run isolates and what blocks, and how they start where the system has none to give.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::os_thread::OsThread;
use super::{platform, stack};

type Job = Box<dyn FnOnce() + Send>;

/// Between two attempts to start a thread.
const BETWEEN_STARTS: Duration = Duration::from_millis(20);
/// For so long the first threads of all are waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the system refused the last thread that was asked for.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Whether the system gives no more threads at the moment.
pub fn threads_are_short() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// The thread that initializes V8, once a process, and starts all others that [`spawn_thread`] is asked for.
///
/// All isolate threads descend from it: on processors with memory protection keys, a thread that was created earlier
/// would fault in the first isolate it enters.
static PARENT: OnceLock<flume::Sender<Job>> = OnceLock::new();

/// Whether V8 has been started, or is being.
pub(super) fn v8_is_started() -> bool {
    PARENT.get().is_some()
}

/// Starts that thread, if it has not been.
///
/// # Errors
/// The system gives no thread.
pub fn start_v8() -> io::Result<()> {
    static STARTS: Mutex<()> = Mutex::new(());
    let _one = STARTS.lock().unwrap_or_else(PoisonError::into_inner);
    if v8_is_started() {
        return Ok(());
    }
    // V8 takes the process down where it gets none. Three others may have started before.
    probe(platform::helpers() + 4)?;
    let (jobs, queue) = flume::unbounded::<Job>();
    let thread = thread::Builder::new().name("nano-v8".into());
    thread.spawn(move || {
        // Threads inherit it: many that compete then take turns quickly, and none waits for long.
        OsThread::ask_for_short_slices();
        platform::initialize();
        while let Ok(job) = queue.recv() {
            job();
        }
    })?;
    PARENT.get_or_init(|| jobs);
    Ok(())
}

/// Whether the system gives so many threads at once.
fn probe(threads: u32) -> io::Result<()> {
    let (stay, leave) = flume::bounded::<()>(0);
    let mut all = Vec::new();
    for _ in 0..threads {
        let leave = leave.clone();
        let thread = thread::Builder::new().name("nano-probe".into());
        // They leave when the sender is gone.
        all.push(thread.spawn(move || leave.recv().is_err())?);
    }
    drop(stay);
    for thread in all {
        // It cannot panic.
        let _ = thread.join();
    }
    Ok(())
}

/// Threads without which a runtime is none, while they start.
pub struct Starts {
    told: mpsc::Sender<bool>,
    outcomes: mpsc::Receiver<bool>,
    count: usize,
}

impl Starts {
    /// None yet.
    pub fn new() -> Self {
        let (told, outcomes) = mpsc::channel();
        Self {
            told,
            outcomes,
            count: 0,
        }
    }

    /// Starts `run` on a new thread.
    pub fn spawn(&mut self, name: String, run: impl FnOnce() + Send + 'static) {
        self.count += 1;
        let (begins, late) = (self.told.clone(), self.told.clone());
        // Nobody waits any more where another has not started.
        let run = move || {
            let _ = begins.send(true);
            drop(begins);
            run();
        };
        spawn_thread_or(name, run, move |since| {
            if since > PATIENCE {
                let _ = late.send(false);
            }
        });
    }

    /// Waits until all run.
    ///
    /// # Errors
    /// The system gives too few.
    pub fn wait(self) -> io::Result<()> {
        drop(self.told);
        for _ in 0..self.count {
            if !self.outcomes.recv().unwrap_or(false) {
                return Err(io::Error::other(
                    "the system gives too few; raise its limit (`ulimit -u`, or `pids.max` of a control group)",
                ));
            }
        }
        Ok(())
    }
}

/// Starts `run` on a new thread, after [`start_v8`]. Where the system has none to give now the start waits until it has.
pub fn spawn_thread(name: String, run: impl FnOnce() + Send + 'static) {
    spawn_thread_or(name, run, |_| {});
}

/// The same; `refused` is told meanwhile for how long that has been so.
pub fn spawn_thread_or(
    name: String,
    run: impl FnOnce() + Send + 'static,
    refused: impl Fn(Duration) + Send + 'static,
) {
    let start: Job = Box::new(move || {
        // Taken by the thread that starts; one that cannot has not.
        let run = Arc::new(Mutex::new(Some(run)));
        let began = Instant::now();
        loop {
            let run = run.clone();
            let body = move || {
                let run = run.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(run) = run {
                    run();
                }
            };
            let thread = thread::Builder::new()
                .name(name.clone())
                .stack_size(stack::OF_THREADS);
            let started = thread.spawn(body);
            REFUSED.store(started.is_err(), Ordering::Relaxed);
            match started {
                Ok(_) => return,
                // Isolates end and give back what they hold.
                Err(_) => {
                    refused(began.elapsed());
                    thread::sleep(BETWEEN_STARTS);
                }
            }
        }
    });
    PARENT
        .get()
        .expect("V8 has been started")
        .send(start)
        .expect("the thread that owns V8 lives as long as the process");
}
