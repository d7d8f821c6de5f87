//! The queue beneath an inbox: flume's, unbounded, since the mailbox's bound is counted in credits.

use super::inbox::Queue;

/// A flume channel of which one place keeps both ends, so that what lies in it can always be taken.
pub struct FlumeQueue<T> {
    sender: flume::Sender<T>,
    receiver: flume::Receiver<T>,
}

impl<T> FlumeQueue<T> {
    /// An empty queue.
    pub fn new() -> Self {
        let (sender, receiver) = flume::unbounded();
        Self { sender, receiver }
    }
}

impl<T> Queue<T> for FlumeQueue<T> {
    fn push(&self, item: T) {
        // The receiver is kept beside the sender: the channel is never disconnected.
        let _ = self.sender.send(item);
    }

    fn pop(&self) -> Option<T> {
        self.receiver.try_recv().ok()
    }

    fn len(&self) -> usize {
        self.receiver.len()
    }
}
