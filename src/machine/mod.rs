//! What the machine, or the control groups of the process, have to give.

mod addresses;
mod group;
mod room;

use std::fs;
use std::sync::LazyLock;

pub(crate) use addresses::{ADDRESSES, address_limit, addresses_left, mapped_bytes};
pub(crate) use room::room_for_isolate;

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// A figure of the kernel's about its memory, in bytes.
fn meminfo(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

/// Memory that is still to be had, in bytes; `None` where the system does not say.
pub(crate) fn available_bytes() -> Option<u64> {
    let machine = meminfo("MemAvailable:")?;
    Some(group::left().map_or(machine, |group| group.min(machine)))
}

/// Memory of the machine, or what the control groups of the process allow where that is less, in bytes;
/// `None` where the system does not say.
pub fn total_memory() -> Option<u64> {
    let machine = meminfo("MemTotal:")?;
    Some(group::most().map_or(machine, |group| group.min(machine)))
}

/// The most mappings that the kernel lets a process have.
pub(crate) fn max_mappings() -> u64 {
    number("/proc/sys/vm/max_map_count").unwrap_or(65_530)
}

/// How many mappings the process has; `None` where the system does not say. Takes a while where they are many.
pub(crate) fn mappings() -> Option<u64> {
    let maps = fs::read("/proc/self/maps").ok()?;
    Some(maps.iter().filter(|&&byte| byte == b'\n').count() as u64)
}

/// Memory that a thread of this process has had mapped, in bytes, what it has given back included; `None` where
/// the system does not say, or maps pages of other sizes as it likes.
pub(crate) fn faulted_bytes(thread: u32) -> Option<u64> {
    static ARE_SMALL: LazyLock<bool> = LazyLock::new(|| {
        let huge = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        !huge.is_ok_and(|huge| huge.contains("[always]"))
    });
    if !*ARE_SMALL {
        return None;
    }
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    // proc_pid_stat(5): the name in parentheses may hold anything; `minflt` is the eighth field behind it.
    let (_, fields) = text.rsplit_once(')')?;
    let faults: u64 = fields.split_ascii_whitespace().nth(7)?.parse().ok()?;
    Some(faults * 4096)
}

/// Memory of the process that is resident, in bytes; `None` where the system does not say.
pub(crate) fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    // The page size of every system that V8 is built for here.
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
