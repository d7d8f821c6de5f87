//! What other runtimes pass, from the last time they were run: `peers.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What one runtime passes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PeerFigures {
    pub version: String,
    /// By area.
    pub passed: BTreeMap<String, usize>,
}

/// By the runtime's name.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllFigures(pub BTreeMap<String, PeerFigures>);

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers.json")
}

impl AllFigures {
    pub fn read() -> std::io::Result<Self> {
        match std::fs::read_to_string(path()) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(why),
        }
    }

    pub fn write(&self) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path(), text + "\n")
    }
}
