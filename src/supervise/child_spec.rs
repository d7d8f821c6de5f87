//! What a supervisor is told of a child.

use super::restart::Restart;
use crate::runtime::ActorSpec;

/// A child of a supervisor: what it is, and when it is started again.
#[derive(Clone)]
pub struct ChildSpec {
    pub(super) spec: ActorSpec,
    pub(super) restart: Restart,
    pub(super) name: Option<String>,
    pub(super) keeps_mailbox: bool,
}

impl ChildSpec {
    /// A child that is started again after a failure and keeps its mailbox.
    pub fn new(spec: ActorSpec) -> Self {
        Self {
            spec,
            restart: Restart::default(),
            name: None,
            keeps_mailbox: true,
        }
    }

    /// After which ends it is started again.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Registers it under this name, which it keeps when it is restarted.
    #[must_use]
    pub fn register(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether messages that have not begun when the child ends are handed to its next incarnation,
    /// which is the default; else they fail as not delivered. Those that have begun fail as unknown
    /// either way.
    #[must_use]
    pub fn keeps_mailbox(mut self, keeps: bool) -> Self {
        self.keeps_mailbox = keeps;
        self
    }
}

impl From<ActorSpec> for ChildSpec {
    fn from(spec: ActorSpec) -> Self {
        Self::new(spec)
    }
}
