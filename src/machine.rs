//! What the machine, or the control group of the process, has to give.

use std::fs;
use std::sync::LazyLock;

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

/// The most that the control group lets the process have, in bytes, where it says.
fn group_bytes() -> Option<u64> {
    number("/sys/fs/cgroup/memory.max")
}

/// Memory that is still to be had, in bytes; `None` where the system does not say.
pub(crate) fn available_bytes() -> Option<u64> {
    let machine = meminfo("MemAvailable:")?;
    let group = group_bytes()
        .map(|most| most.saturating_sub(number("/sys/fs/cgroup/memory.current").unwrap_or(0)));
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// Memory of the machine, or what the control group of the process allows where that is less, in bytes;
/// `None` where the system does not say.
pub fn total_memory() -> Option<u64> {
    let machine = meminfo("MemTotal:")?;
    Some(group_bytes().map_or(machine, |group| group.min(machine)))
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

/// What the system knows of a thread of this process.
#[derive(Clone, Copy)]
pub(crate) struct ThreadFigures {
    /// Memory that it has had mapped, in bytes, what it has given back included; `None` where the system maps
    /// pages of other sizes as it likes.
    pub faulted: Option<u64>,
    /// Time that the system has worked for it, in ticks of a hundredth of a second.
    pub system_ticks: u64,
}

/// What the system knows of a thread of this process; `None` where it does not say.
pub(crate) fn thread_figures(thread: u32) -> Option<ThreadFigures> {
    static ARE_SMALL: LazyLock<bool> = LazyLock::new(|| {
        let huge = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        !huge.is_ok_and(|huge| huge.contains("[always]"))
    });
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    // proc_pid_stat(5): the name in parentheses may hold anything; `minflt` is the eighth field behind it,
    // `stime` the thirteenth.
    let (_, fields) = text.rsplit_once(')')?;
    let field = |n| fields.split_ascii_whitespace().nth(n)?.parse::<u64>().ok();
    let faults = field(7)?;
    Some(ThreadFigures {
        faulted: ARE_SMALL.then_some(faults * 4096),
        system_ticks: field(12)?,
    })
}

/// Memory of the process, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct ProcessFigures {
    /// Addresses that are reserved, used or not.
    pub reserved: u64,
    /// What is resident.
    pub resident: u64,
}

/// Memory of the process; `None` where the system does not say.
pub(crate) fn process_figures() -> Option<ProcessFigures> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = text.split_ascii_whitespace();
    // The page size of every system that V8 is built for here.
    let mut bytes = || Some(pages.next()?.parse::<u64>().ok()? * 4096);
    Some(ProcessFigures {
        reserved: bytes()?,
        resident: bytes()?,
    })
}
