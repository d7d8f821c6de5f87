//! Small files that the system holds in memory: read at once, without waiting for a disk.
//!
//! A thread that reads for another costs both a wake, tens of times what such a read takes. `openat2` with
//! `RESOLVE_CACHED` and `preadv2` with `RWF_NOWAIT` (their pages in Linux's manual) fail where they would have to wait;
//! then, or where they are unknown or forbidden, the file is read as any other.

use std::path::Path;

/// How large a file may be to be read at once, in bytes.
const AT_ONCE: u64 = 256 << 10;

/// The bytes of the regular file at `path`; nothing where it has more than `most` of them, is not in memory, or
/// anything else is the matter, which another read finds out.
#[cfg(target_os = "linux")]
pub(super) fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    use std::io::IoSliceMut;

    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    use rustix::io::{ReadWriteFlags, preadv2};

    let open = |flags: OFlags| {
        openat2(
            CWD,
            path,
            flags | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::CACHED,
        )
    };
    // Looked at before it is opened, since opening may do something, or wait for whoever serves a network's files.
    size(open(OFlags::PATH).ok()?)?;
    let file = open(OFlags::RDONLY | OFlags::NONBLOCK).ok()?;
    // It may be another one by now.
    let size = size(&file)?;
    if size > most.min(AT_ONCE) {
        return None;
    }
    let size = usize::try_from(size).ok()?;
    // One more than it says, to see its end, or that it has grown.
    let mut bytes = vec![0; size + 1];
    let mut filled = 0;
    while filled <= size {
        let rest = &mut [IoSliceMut::new(&mut bytes[filled..])];
        match preadv2(&file, rest, filled as u64, ReadWriteFlags::NOWAIT).ok()? {
            0 => {
                bytes.truncate(filled);
                return Some(bytes);
            }
            read => filled += read,
        }
    }
    None
}

/// The size of a regular file whose file system opens its files without asking anybody, and reads what it has in memory
/// without waiting.
#[cfg(target_os = "linux")]
fn size(file: impl std::os::fd::AsFd) -> Option<u64> {
    use rustix::fs::{FileType, FsWord, fstat, fstatfs};

    const LOCAL: [FsWord; 6] = [
        0x0000_ef53, // ext2, ext3 and ext4
        0x5846_5342, // XFS
        0x9123_683e, // Btrfs
        0xf2f5_2010, // F2FS
        0x0102_1994, // tmpfs
        0x794c_7630, // overlayfs; its layers may lie anywhere, and then a turn may wait for one to be opened
    ];
    let metadata = fstat(&file).ok()?;
    let is_regular = FileType::from_raw_mode(metadata.st_mode) == FileType::RegularFile;
    if !is_regular || !LOCAL.contains(&fstatfs(&file).ok()?.f_type) {
        return None;
    }
    u64::try_from(metadata.st_size).ok()
}

/// Known of Linux alone.
#[cfg(not(target_os = "linux"))]
pub(super) fn read(_: &Path, _: u64) -> Option<Vec<u8>> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loader/cached.rs");

    #[test]
    fn what_is_read_is_the_file() {
        let there = std::fs::read(HERE).unwrap();
        // Elsewhere than on a local file system there is nothing to see.
        if let Some(bytes) = read(Path::new(HERE), u64::MAX) {
            assert_eq!(bytes, there);
            assert_eq!(read(Path::new(HERE), there.len() as u64), Some(bytes));
        }
        assert_eq!(read(Path::new(HERE), there.len() as u64 - 1), None);
    }

    #[test]
    fn what_is_no_file_of_a_disk_is_left_to_the_other_read() {
        for path in [
            "/dev/zero",
            "/proc/self/status",
            "/",
            "/no/such.js",
            concat!(env!("CARGO_MANIFEST_DIR"), "/src"),
        ] {
            assert_eq!(read(Path::new(path), u64::MAX), None, "{path}");
        }
    }
}
