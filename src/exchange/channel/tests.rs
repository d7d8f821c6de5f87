use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use nano_proto::{CallId, IsolateId, Made, SharedBytes, Value};

use super::*;
use crate::exchange::{Broadcasts, Call, Cancel, Outcome, Peer, Ports, Refused};
use crate::isolate::{Credit, Ticket};

/// An isolate that counts what it is told.
struct Listener {
    limits: Limits,
    messages: AtomicUsize,
    closed: AtomicUsize,
}

impl Listener {
    fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            messages: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
        })
    }

    fn told(&self) -> (usize, usize) {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (read(&self.messages), read(&self.closed))
    }
}

impl Peer for Listener {
    fn id(&self) -> IsolateId {
        IsolateId::new(1, 0)
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn limits(&self) -> Option<&Limits> {
        Some(&self.limits)
    }
    fn send(&self, call: Box<Call>) -> Result<(), (Box<Call>, Refused)> {
        Err((call, Refused::Full))
    }
    fn send_waited(&self, call: Box<Call>, _: Credit) -> Result<(), (Box<Call>, Refused)> {
        self.send(call)
    }
    fn when_room(&self, _: Arc<dyn Peer>, _: u64) -> Option<Ticket> {
        None
    }
    fn change_wait(&self, _: Ticket, _: Option<u64>) {}
    fn room(&self, _: IsolateId, _: Option<Credit>) {}
    fn notify(&self, notice: Notice) {
        match notice {
            Notice::Message(_) => self.messages.fetch_add(1, Ordering::Relaxed),
            Notice::Closed(_) => self.closed.fetch_add(1, Ordering::Relaxed),
            Notice::Task => 0,
        };
    }
    fn settle(&self, _: u64, _: Outcome) {}
    fn cancel(&self, _: CallId, _: Cancel) {}
    fn stop(&self, _: bool) {}
    fn watch(&self, _: Arc<dyn Peer>, _: u64) {}
    fn link(&self, _: Arc<dyn Peer>) {}
    fn linked(&self, _: Arc<dyn Peer>) {}
    fn exited(&self, _: Option<u64>, _: IsolateId, _: ExitReason) {}
}

fn ends() -> [PortEnd; 2] {
    let isolate = IsolateId::new(1, 0);
    PortEnd::pair([0, 1].map(|number| PortId::new(isolate, number)))
}

fn text(text: &str) -> Value {
    Value::new(Bytes::copy_from_slice(text.as_bytes()))
}

fn carrying(end: PortEnd) -> Content {
    Content::Message(text("").with_transfers(vec![end.into_transfer(true)]))
}

fn read(content: Option<Content>) -> String {
    match content {
        Some(Content::Message(value)) => String::from_utf8_lossy(value.bytes()).into_owned(),
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn an_end_takes_along_what_waits_for_it() {
    let (one, other) = (
        Listener::new(Limits::NO_LIMITS),
        Listener::new(Limits::NO_LIMITS),
    );
    let (here, there): (Arc<dyn Peer>, Arc<dyn Peer>) = (one.clone(), other.clone());
    let (mine, theirs) = (Ports::default(), Ports::default());
    let [first, second] = ends();
    let (first, second) = (mine.hold(first, &here), mine.hold(second, &here));
    mine.post(first, Content::Message(text("a")));
    assert_eq!(one.told(), (0, 0), "it is not enabled");
    let Some(Transfer::Endpoint(moved)) = mine.take_end(second).map(|end| end.into_transfer(true))
    else {
        panic!("it is held");
    };
    mine.post(first, Content::Message(text("b")));
    let (end, alone) = received(moved).expect("of this process");
    assert!(alone);
    let handle = theirs.hold(end, &there);
    mine.post(first, Content::Message(text("c")));
    assert!(theirs.take(handle).is_none(), "nobody wants it yet");
    assert_eq!(theirs.enable(handle), 3);
    mine.post(first, Content::Message(text("d")));
    mine.close_all(&ExitReason::Killed);
    assert_eq!(other.told(), (4, 1));
    for expected in ["a", "b", "c", "d"] {
        assert_eq!(read(theirs.take(handle)), expected);
    }
    assert_eq!(theirs.closed_for(handle), Some(ExitReason::Killed));
}

#[test]
fn a_worker_that_ends_at_once_is_heard_before_its_end() {
    let one = Listener::new(Limits::NO_LIMITS);
    let here: Arc<dyn Peer> = one.clone();
    let mine = Ports::default();
    let [outside, inside] = ends();
    let handle = mine.hold_open(outside, &here);
    inside.post(Content::Message(text("a")), &Arc::default());
    assert_eq!(one.told(), (1, 0));
    inside.close_for(&ExitReason::Normal);
    assert_eq!(one.told(), (1, 1));
    assert_eq!(mine.enable(handle), 0, "all has been told");
    assert_eq!(read(mine.take(handle)), "a");
}

#[test]
fn an_end_that_closes_in_transit_is_closed_where_it_arrives() {
    let other = Listener::new(Limits::NO_LIMITS);
    let there: Arc<dyn Peer> = other.clone();
    let theirs = Ports::default();
    let [first, second] = ends();
    let account = Arc::<Account>::default();
    first.post(Content::Message(text("a")), &account);
    drop(first);
    let handle = theirs.hold(second, &there);
    assert_eq!(other.told(), (0, 0), "that comes behind the message");
    assert_eq!(theirs.enable(handle), 2);
    assert_eq!(other.told(), (1, 1));
    assert_eq!(read(theirs.take(handle)), "a");
    assert_eq!(account.used(), 0);
    theirs.set_awaited(handle, true);
    assert!(!theirs.keep_running(), "nothing can come");
}

#[test]
fn what_waits_is_counted_for_both_sides_until_it_is_taken() {
    let limits = Limits::NO_LIMITS.with_pending_bytes(1_000);
    let other = Listener::new(limits);
    let there: Arc<dyn Peer> = other.clone();
    let (mine, theirs) = (Ports::default(), Ports::default());
    let [first, second] = ends();
    let first = mine.hold(first, &there);
    let second = theirs.hold(second, &there);
    theirs.enable(second);
    for _ in 0..3 {
        mine.admit(first, &Limits::NO_LIMITS)
            .expect("there is room");
        mine.post(first, Content::Message(text("x")));
    }
    mine.admit(first, &Limits::NO_LIMITS)
        .expect_err("theirs is full");
    theirs.take(second);
    mine.admit(first, &Limits::NO_LIMITS)
        .expect("there is room again");
    mine.admit(first, &limits.with_pending_bytes(500))
        .expect_err("mine is full");
    theirs.close_all(&ExitReason::Normal);
    mine.admit(first, &limits.with_pending_bytes(1))
        .expect("nothing waits any more");
}

#[test]
fn an_end_never_lies_within_itself() {
    let account = Arc::<Account>::default();
    let listener = Listener::new(Limits::NO_LIMITS);
    let peer: Arc<dyn Peer> = listener.clone();
    let held = Ports::default();
    let [[a, to_a], [b, to_b], [c, to_c]] = [ends(), ends(), ends()];
    let handles = [a, b, c].map(|end| held.hold(end, &peer));
    let post = |i: usize, end: PortEnd| held.post(handles[i], carrying(end));
    // Into a goes the receiver of b, into b that of c, into c that of a.
    post(0, to_b);
    post(1, to_c);
    post(2, to_a);
    assert_eq!(listener.told(), (0, 3), "all three are closed");
    drop(account);
    let [one, other] = ends();
    one.post(carrying(other), &Arc::default());
}

#[test]
fn what_waits_in_ends_within_ends_is_counted_for_whoever_has_the_outermost() {
    let limits = Limits::NO_LIMITS.with_pending_bytes(8_000);
    let listener = Listener::new(limits);
    let peer: Arc<dyn Peer> = listener.clone();
    let held = Ports::default();
    let [to_peer, from_maker] = ends();
    let from_maker = held.hold(from_maker, &peer);
    held.enable(from_maker);
    // What was made by somebody who has gone since.
    let nested = || {
        let account = Arc::<Account>::default();
        let [to_inner, inner] = ends();
        to_inner.post(Content::Message(text(&"x".repeat(3_000))), &account);
        let [to_outer, outer] = ends();
        to_outer.post(carrying(inner), &account);
        (to_inner, to_outer, outer)
    };
    let account = Arc::<Account>::default();
    let (inner, _outer, end) = nested();
    to_peer.post(carrying(end), &account);
    assert!(held.waiting.used() > 3_000);
    // It is the holder who has no room for more, however deep that would lie.
    inner.post(Content::Message(text(&"x".repeat(2_000))), &account);
    inner.admit(&account, &Limits::NO_LIMITS).expect_err("full");
    let (_second, outer, end) = nested();
    to_peer.post(carrying(end), &account);
    assert!(outer.is_alone(), "it has closed");
    assert!(matches!(held.take(from_maker), Some(Content::Message(_))));
    assert!(matches!(held.take(from_maker), Some(Content::Lost)));
    assert!(
        inner.is_alone(),
        "the message was dropped with the ends in it"
    );
    assert_eq!(held.waiting.used(), 0);
    // The same for one that comes by another way than a channel.
    let (_inner, _outer, end) = nested();
    let kept = held.hold(end, &peer);
    assert!(held.waiting.used() > 3_000);
    let closed = listener.told().1;
    let (_inner, outer, end) = nested();
    held.hold(end, &peer);
    assert!(outer.is_alone());
    assert_eq!(listener.told().1, closed + 1);
    held.close(kept);
    assert_eq!(held.waiting.used(), 0);
}

#[test]
fn what_comes_to_an_end_in_an_inbox_is_counted_for_whose_inbox_that_is() {
    let limits = Limits::NO_LIMITS.with_pending_bytes(20_000);
    let listener = Listener::new(limits);
    let peer: Arc<dyn Peer> = listener.clone();
    let (maker, receiver) = (Ports::default(), Ports::default());
    let account = Arc::<Account>::default();
    let post = |end: &PortEnd| end.post(Content::Message(text(&"x".repeat(3_000))), &account);
    let send = |end: PortEnd| {
        let handle = maker.hold(end, &peer);
        let end = maker.take_end(handle).expect("held");
        let value = text("").with_transfers(vec![end.into_transfer(true)]);
        receiver.count_brought(&value, &limits);
        value
    };
    let [to_end, end] = ends();
    let value = send(end);
    post(&to_end);
    assert_eq!(maker.waiting.used(), 0);
    assert!(receiver.waiting.used() > 3_000);
    to_end.admit(&account, &limits).expect("room is left");
    // What there is no room for stays its last holder's.
    let [to_full, full] = ends();
    for _ in 0..6 {
        post(&to_full);
    }
    let refused = send(full);
    assert!(maker.waiting.used() > 18_000);
    assert!(receiver.waiting.used() < 4_000);
    drop(refused);
    // Ends within ends go along.
    let [to_outer, outer] = ends();
    let [to_inner, inner] = ends();
    to_outer.post(carrying(inner), &account);
    let nested = send(outer);
    let before = receiver.waiting.used();
    post(&to_inner);
    assert!(receiver.waiting.used() > before + 3_000);
    to_inner.admit(&account, &limits).expect("there is room");
    for _ in 0..6 {
        post(&to_inner);
    }
    to_inner.admit(&account, &limits).expect_err("full");
    drop((value, nested));
    assert_eq!((maker.waiting.used(), receiver.waiting.used()), (0, 0));
}

#[test]
fn memory_that_an_isolate_has_made_weighs_where_it_waits() {
    let listener = Listener::new(Limits::NO_LIMITS);
    let peer: Arc<dyn Peer> = listener.clone();
    let held = Ports::default();
    let account = Arc::<Account>::default();
    let [one, other] = ends();
    let handle = held.hold(other, &peer);
    held.enable(handle);
    let memory = SharedBytes::from(vec![0; 5_000]);
    let made = Made {
        start: memory.bytes().as_ptr().addr(),
        length: 5_000,
        maker: 1,
    };
    let post = |shared: SharedBytes| {
        let value = text("").with_transfers(vec![Transfer::Immutable(shared)]);
        one.post(Content::Message(value), &account);
    };
    post(memory.clone());
    assert!(held.waiting.used() < 1_000, "the program's is free");
    post(memory.made_by(made));
    assert!(held.waiting.used() > 5_000 && account.used() < 2_000);
    held.take(handle);
    held.take(handle);
    assert_eq!((held.waiting.used(), account.used()), (0, 0));
}

#[test]
fn nothing_comes_to_lie_too_deep() {
    let account = Arc::<Account>::default();
    let chain = |length: usize| {
        let [innermost, mut next] = ends();
        let mut senders = Vec::new();
        for _ in 0..length {
            let [one, other] = ends();
            one.post(carrying(next), &account);
            senders.push(one);
            next = other;
        }
        (innermost, senders, next)
    };
    for (length, is_refused) in [(900, false), (1_100, true)] {
        let (innermost, _senders, _outermost) = chain(length);
        let [mine, other] = ends();
        innermost.post(carrying(other), &account);
        assert_eq!(mine.is_alone(), is_refused, "within {length}");
    }
}

#[test]
fn ends_within_ends_are_dropped_one_after_the_other() {
    let account = Arc::<Account>::default();
    let [mut last, mut next] = ends();
    let first = Listener::new(Limits::NO_LIMITS);
    let peer: Arc<dyn Peer> = first.clone();
    let held = Ports::default();
    for i in 0..100_000 {
        let [one, other] = ends();
        one.post(carrying(next), &account);
        match i {
            0 => drop(held.hold(std::mem::replace(&mut last, one), &peer)),
            _ => last = one,
        }
        next = other;
    }
    drop(next);
    assert_eq!(first.told(), (0, 1));
    assert_eq!(account.used(), 0);
}

#[test]
fn a_member_without_room_is_told_once() {
    let all = Arc::<Broadcasts>::default();
    let (quick, slow) = (
        Listener::new(Limits::NO_LIMITS),
        Listener::new(Limits::NO_LIMITS.with_pending_bytes(1_000)),
    );
    let (here, there): (Arc<dyn Peer>, Arc<dyn Peer>) = (quick.clone(), slow.clone());
    let (mine, theirs) = (Ports::default(), Ports::default());
    let join = |ports: &Ports, peer| ports.join(&all, [110, 101].into(), Box::new(()), peer);
    let speaker = join(&mine, &here);
    let hearer = join(&mine, &here);
    let other = join(&theirs, &there);
    for _ in 0..10 {
        mine.broadcast(speaker, &text("x"));
    }
    assert_eq!((quick.told().0, slow.told().0), (10, 4));
    for _ in 0..3 {
        read(theirs.take(other));
    }
    assert!(matches!(theirs.take(other), Some(Content::Lost)));
    assert!(theirs.take(other).is_none());
    assert!(mine.take(hearer).is_some() && mine.take(speaker).is_none());
    theirs.close(other);
    mine.broadcast(speaker, &text("y"));
    assert_eq!(slow.told().0, 4);
}
