//! Standard output and standard error, as isolates print to them.

use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::output::{Output, wants_color};
use super::stream::{self, Stream};

/// The process's own streams, where a runtime prints that is given no other [`Output`].
///
/// What a stream takes at once is written at once. Where its reader is slow, up to 1 MiB waits for it; then an isolate
/// that prints waits, in its turn, until there is room or the isolate is stopped. Of more than 64 that wait, what the
/// others print is dropped after a quarter of a second, and standard error says how much that was: no reader stops
/// all isolates.
///
/// ```
/// use std::time::Duration;
/// use nano::{ActorSpec, Output, ProcessOutput, Runtime};
///
/// let output = ProcessOutput::new(|_, why| eprintln!("nobody can read this any more: {why}"));
/// let runtime = Runtime::builder().output(output.clone()).build()?;
/// runtime.block_on(runtime.spawn(ActorSpec::source("console.log('starts')")))?;
/// assert!(output.flush(Duration::from_secs(1)));
/// # Ok::<(), nano::SpawnError>(())
/// ```
#[derive(Clone)]
pub struct ProcessOutput(Arc<Both>);

struct Both {
    out: Arc<Stream>,
    err: Arc<Stream>,
}

impl Drop for Both {
    fn drop(&mut self) {
        self.out.close();
        self.err.close();
    }
}

impl fmt::Debug for ProcessOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessOutput").finish_non_exhaustive()
    }
}

impl ProcessOutput {
    /// Has `broken` told once of each stream that cannot be written any more, and why: whether it is standard error.
    /// It swallows everything from then on.
    pub fn new(broken: impl Fn(bool, &io::Error) + Send + Sync + 'static) -> Self {
        let broken = Arc::new(broken);
        let stream = |is_error, notes| {
            let broken = broken.clone();
            Stream::new(is_error, notes, move |why| broken(is_error, why))
        };
        let both = if stream::are_one() {
            let out = stream(false, None);
            Both {
                err: out.clone(),
                out,
            }
        } else {
            let err = stream(true, None);
            Both {
                out: stream(false, Some(err.clone())),
                err,
            }
        };
        Self(Arc::new(both))
    }

    /// What all runtimes share that are given no output.
    pub(super) fn shared() -> Self {
        static SHARED: LazyLock<ProcessOutput> = LazyLock::new(|| {
            // A reader that went away is no concern of the program's.
            ProcessOutput::new(|_, _| {})
        });
        SHARED.clone()
    }

    fn stream(&self, error: bool) -> &Arc<Stream> {
        match error {
            true => &self.0.err,
            false => &self.0.out,
        }
    }

    /// Whether all is written, or nobody can read what is not.
    pub fn is_written(&self) -> bool {
        self.0.out.is_written() && self.0.err.is_written()
    }

    /// Takes nothing more from isolates, so that what waits comes to an end.
    pub fn seal(&self) {
        self.0.out.seal();
        self.0.err.seal();
    }
}

impl Output for ProcessOutput {
    fn write(&self, error: bool, text: &str) {
        self.stream(error).push(text.as_bytes());
    }

    fn write_until(&self, error: bool, text: &str, is_over: &dyn Fn() -> bool) {
        self.stream(error).print(text.as_bytes(), is_over);
    }

    fn color(&self, error: bool) -> bool {
        wants_color(error)
    }

    fn flush(&self, patience: Duration) -> bool {
        let out = self.0.out.flush(patience);
        // Last, for what the other one said of itself.
        self.0.err.flush(patience) && out
    }
}
