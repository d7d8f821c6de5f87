//! A child as its supervisor keeps it.

use std::sync::Arc;
use std::time::Instant;

use nano_proto::ExitReason;
use tokio::sync::oneshot;

use super::child_spec::ChildSpec;
use crate::isolate::Lineage;
use crate::runtime::Inner;

/// One child.
pub(super) struct Child {
    pub spec: ChildSpec,
    pub lineage: Finish,
    /// Failures in a row.
    pub failures: u32,
    /// When its last incarnation began.
    pub begun: Instant,
    /// Told when its module has been evaluated for the first time, and dropped where that never happens.
    pub ready: Option<oneshot::Sender<()>>,
}

impl Child {
    /// Whether its module has been evaluated once: what has not is no child yet.
    pub fn has_started(&self) -> bool {
        self.ready.is_none()
    }

    /// Whether no incarnation follows one that ended for `reason`, or because it was `felled` with others.
    pub fn ends(&self, reason: &ExitReason, felled: bool) -> bool {
        let starts_anew = self.has_started() || (felled && *reason == ExitReason::Killed);
        !starts_anew || self.lineage.is_retired() || !self.spec.restart.follows(reason)
    }
}

/// A lineage that is finished when this is dropped, whatever the cause.
pub(super) struct Finish {
    lineage: Arc<Lineage>,
    inner: Arc<Inner>,
}

impl Finish {
    pub fn new(lineage: Arc<Lineage>, inner: Arc<Inner>) -> Self {
        Self { lineage, inner }
    }

    /// Finishes it; the first reason stays.
    pub fn with(&self, reason: ExitReason) {
        self.inner.registry.forget_lineage(&self.lineage);
        self.lineage.finish(reason);
    }
}

impl std::ops::Deref for Finish {
    type Target = Arc<Lineage>;

    fn deref(&self) -> &Arc<Lineage> {
        &self.lineage
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.with(ExitReason::Shutdown);
    }
}
