//! Whom the failure of one child concerns.

/// Which children are started again with the one that failed.
///
/// The others are killed, the one spawned last first: their running calls fail as unknown, and messages that have not
/// begun wait for the next incarnation, where [`ChildSpec::keeps_mailbox`](crate::ChildSpec::keeps_mailbox) says so.
/// Once all have ended and the wait is over they are started in the order in which they were spawned, each when the
/// one before it has evaluated its module. Together that is one restart towards
/// [`SupervisorBuilder::limit`](crate::SupervisorBuilder::limit), with the wait of the child that failed.
///
/// A child whose end leads to no restart concerns no other one. One with [`Restart::Never`](crate::Restart::Never)
/// that was killed along stays down, as does one that was stopped, or ended for good, before. A start that fails on
/// the way is a failure like any other. A child that is spawned meanwhile starts at once.
///
/// ```
/// # use std::time::Duration;
/// use nano::{ActorSpec, Runtime, Strategy};
///
/// let runtime = Runtime::new()?;
/// runtime.block_on(async {
///   let supervisor = runtime.supervisor().strategy(Strategy::RestForOne).start();
///   let store = supervisor.spawn(ActorSpec::source("export const get = () => 1;")).await?;
///   let reader = supervisor.spawn(ActorSpec::source("export const get = () => 2;")).await?;
///   // The reader came after the store, on which it relies.
///   store.kill();
///   while reader.stats().await.map_or(true, |stats| stats.restarts == 0) {
///     tokio::task::yield_now().await;
///   }
///   supervisor.stop(Duration::from_secs(1)).await;
///   Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// That child alone: for children that do not rely on each other.
    #[default]
    OneForOne,
    /// All children: for those that are of use only together.
    OneForAll,
    /// That child and those that were spawned after it: for children that rely on earlier ones.
    RestForOne,
}

impl Strategy {
    /// Whether `other` is started again when `failed` is; children have numbers in the order of their spawns.
    pub(super) fn concerns(self, failed: u64, other: u64) -> bool {
        match self {
            Self::OneForOne => other == failed,
            Self::OneForAll => true,
            Self::RestForOne => other >= failed,
        }
    }
}
