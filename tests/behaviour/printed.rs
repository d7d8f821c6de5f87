//! What isolates print, kept for a test to look at.

use std::sync::{Arc, Mutex};

use nano::{Output, Runtime};

/// Standard output and standard error.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<[String; 2]>>);

impl Printed {
    /// A runtime that prints here.
    pub fn runtime() -> (Self, Runtime) {
        let printed = Self::default();
        let runtime = Runtime::builder()
            .output(printed.clone())
            .build()
            .expect("a runtime");
        (printed, runtime)
    }

    /// What has been printed.
    pub fn texts(&self) -> [String; 2] {
        self.0.lock().unwrap().clone()
    }
}

impl Output for Printed {
    fn write(&self, error: bool, text: &str) {
        self.0.lock().unwrap()[usize::from(error)].push_str(text);
    }

    fn color(&self, _: bool) -> bool {
        false
    }
}
