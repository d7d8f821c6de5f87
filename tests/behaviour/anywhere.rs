//! Futures of the public interface, awaited on a thread that is in no async runtime at all.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use nano::{ActorSpec, AskError, ExitReason, Limits, Runtime, ShutdownError};

use crate::one_thread;

/// Wakes a thread that has parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls the future on this thread, which parks meanwhile.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

const SOURCE: &str =
    "export const echo = (x) => x; export const hang = () => new Promise(() => {});";

#[test]
fn everything_can_be_awaited_outside_any_async_runtime() {
    let runtime = one_thread::with_spares(0);
    let limits = Limits::default().with_mailbox(1);
    let spec = ActorSpec::source(SOURCE).limits(limits);
    let actor = block_on(runtime.spawn(spec)).unwrap();
    assert_eq!(block_on(actor.ask::<u32>("echo", &1).into_future()), Ok(1));
    let metered = block_on(actor.ask::<u32>("echo", &2).with_receipt());
    assert_eq!(metered.unwrap().0, 2);
    assert_eq!(block_on(actor.tell("echo", &3).into_future()), Ok(()));
    assert!(block_on(actor.stats()).is_ok());
    let hang = actor
        .ask::<()>("hang", &())
        .timeout(Duration::from_millis(30));
    let late = block_on(hang.into_future());
    assert!(matches!(late, Err(AskError::Timeout { .. })), "{late:?}");

    let supervisor = runtime.supervisor().start();
    let child = block_on(supervisor.spawn(ActorSpec::source(SOURCE))).unwrap();
    assert_eq!(block_on(child.ask::<u32>("echo", &4).into_future()), Ok(4));
    assert_eq!(block_on(supervisor.children()), Ok(1));
    let stopped = block_on(supervisor.stop(Duration::from_secs(5)));
    assert_eq!(stopped, ExitReason::Stopped);

    assert_eq!(
        block_on(actor.stop(Duration::from_secs(5))),
        ExitReason::Stopped
    );
    let stuck = block_on(runtime.spawn(ActorSpec::source(SOURCE))).unwrap();
    stuck.try_tell("hang", &()).unwrap();
    let killed = block_on(runtime.shutdown(Duration::from_millis(30)));
    assert!(
        matches!(killed, Err(ShutdownError::Killed { isolates: 1 })),
        "{killed:?}"
    );
}

#[test]
fn an_ask_that_outlives_its_runtime_is_told_so() {
    let runtime = Runtime::new().unwrap();
    let actor = block_on(runtime.spawn(ActorSpec::source(SOURCE))).unwrap();
    let ask = actor.ask::<()>("hang", &()).into_future();
    let asks = thread::spawn(move || block_on(ask));
    while actor.last_stats().messages_in < 1 {
        thread::yield_now();
    }
    drop(runtime);
    let error = asks.join().expect("no panic").unwrap_err();
    assert!(
        matches!(error, AskError::Unknown(ExitReason::Shutdown)),
        "{error:?}"
    );
    let late = block_on(actor.ask::<()>("hang", &()).into_future());
    assert!(
        matches!(late, Err(AskError::NotDelivered { .. })),
        "{late:?}"
    );
}
