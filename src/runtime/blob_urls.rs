//! The `blob:` URLs of a runtime (File API, "blob URL store").
//!
//! One store for all isolates, so that a worker can be started from its parent's. Nobody guesses a URL; whoever has
//! been told one may use it, and revoke it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nano_proto::IsolateId;
use url::Url;

use crate::exchange::BlobEntry;

struct Owned {
    entry: BlobEntry,
    owner: IsolateId,
}

#[derive(Default)]
struct Table {
    entries: HashMap<Box<str>, Owned>,
    /// The URLs of each isolate, which end with it.
    owners: HashMap<IsolateId, HashSet<Box<str>>>,
}

impl Table {
    fn remove(&mut self, url: &str) -> Option<Owned> {
        let removed = self.entries.remove(url)?;
        if let Some(urls) = self.owners.get_mut(&removed.owner) {
            urls.remove(url);
            if urls.is_empty() {
                self.owners.remove(&removed.owner);
            }
        }
        Some(removed)
    }
}

/// The store.
#[derive(Default)]
pub(crate) struct BlobUrls(Mutex<Table>);

/// Sixteen bytes that nobody guesses, as a UUID of version 4; none where the system has none to give.
fn uuid() -> Option<String> {
    let mut bytes = [0_u8; 16];
    let mut got = 0;
    while let Some(rest) = bytes.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(more) => got += more,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    let bits = u128::from_be_bytes(bytes);
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |range| hex.get(range).unwrap_or_default();
    Some(format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    ))
}

impl BlobUrls {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives `entry` a URL for as long as `owner` lives.
    pub fn create(&self, owner: IsolateId, entry: BlobEntry) -> Option<String> {
        // An isolate has no origin that a URL could name.
        let url = format!("blob:null/{}", uuid()?);
        let mut table = self.table();
        table
            .owners
            .entry(owner)
            .or_default()
            .insert(url.as_str().into());
        table
            .entries
            .insert(url.as_str().into(), Owned { entry, owner });
        Some(url)
    }

    /// Takes the URL away. A fragment makes it another one.
    pub fn revoke(&self, url: &str) {
        let known = Url::parse(url).is_ok_and(|url| url.scheme() == "blob");
        let gone = known.then(|| {
            // The text of a URL that exists is what the parser makes of it.
            let parsed = Url::parse(url).map(String::from).unwrap_or_default();
            self.table().remove(&parsed)
        });
        drop(gone);
    }

    /// What `url` stands for, whatever its fragment.
    pub fn find(&self, url: &str) -> Option<BlobEntry> {
        let mut parsed = Url::parse(url).ok().filter(|url| url.scheme() == "blob")?;
        parsed.set_fragment(None);
        let table = self.table();
        table
            .entries
            .get(parsed.as_str())
            .map(|owned| owned.entry.clone())
    }

    /// Takes away all URLs of an isolate that has ended.
    pub fn forget(&self, owner: IsolateId) {
        let gone: Vec<_> = {
            let mut table = self.table();
            let urls = table.owners.remove(&owner).unwrap_or_default();
            urls.iter().map(|url| table.entries.remove(url)).collect()
        };
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> BlobEntry {
        BlobEntry::new(Vec::new(), "text/plain", ())
    }

    #[test]
    fn a_url_lives_until_it_is_revoked_or_its_isolate_ends() {
        let store = BlobUrls::default();
        let (one, other) = (IsolateId::new(1, 0), IsolateId::new(2, 0));
        let [a, b, c] = [one, one, other].map(|owner| store.create(owner, entry()).unwrap());
        assert!(store.find(&format!("{a}#part")).is_some());
        for unknown in [
            format!("{a}?x"),
            format!("{a}/x"),
            "blob:".into(),
            "no URL".into(),
        ] {
            assert!(store.find(&unknown).is_none(), "{unknown}");
            store.revoke(&unknown);
        }
        store.revoke(&format!("{a}#part"));
        assert!(store.find(&a).is_some());
        store.revoke(&a);
        assert!(store.find(&a).is_none() && store.find(&b).is_some());
        store.forget(one);
        assert!(store.find(&b).is_none() && store.find(&c).is_some());
        store.revoke(&c);
        let table = store.table();
        assert!(table.entries.is_empty() && table.owners.is_empty());
    }

    #[test]
    fn a_uuid_is_of_version_4() {
        let id = uuid().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_ne!(id, uuid().unwrap());
    }
}
