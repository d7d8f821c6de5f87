//! What the control groups of the process let it have of memory, in both versions of cgroups(7).
//!
//! A limit may stand at any group above that of the process, and the least holds. In a container the paths may be
//! those of the host, and only some folders of them exist.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The folder of a group, with the names that its files have.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    folder: PathBuf,
    version: &'static Version,
}

/// How the files of a group are called.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    /// Where the groups are.
    root: &'static str,
    /// Beyond any of these the process is stopped or stalled.
    limits: &'static [&'static str],
    used: &'static str,
    /// Of `memory.stat`, for the group with all below it: what is kept of files and was not read lately, so that
    /// the kernel takes it back first.
    reclaimable: &'static str,
}

static FIRST: Version = Version {
    root: "/sys/fs/cgroup/memory",
    limits: &["memory.limit_in_bytes"],
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};

static SECOND: Version = Version {
    root: "/sys/fs/cgroup",
    limits: &["memory.max", "memory.high"],
    used: "memory.current",
    reclaimable: "inactive_file",
};

/// The groups that limit memory according to `/proc/self/cgroup`, whose text is given: each of the process's own,
/// and those above it.
fn groups(text: &str) -> Vec<Group> {
    let of_line = |line: &str| {
        let (_, line) = line.split_once(':')?;
        let (controllers, path) = line.split_once(':')?;
        let version = match controllers {
            "" => &SECOND,
            _ if controllers.split(',').any(|name| name == "memory") => &FIRST,
            _ => return None,
        };
        Some((version, path.to_owned()))
    };
    let of_path = |(version, path): (&'static Version, String)| {
        // A group outside the namespace has a path that leads out of what can be seen.
        let is_outside = Path::new(&path)
            .components()
            .any(|part| part.as_os_str() == "..");
        let path = if is_outside {
            ""
        } else {
            path.trim_matches('/')
        };
        let own: PathBuf = Path::new(version.root).join(path).components().collect();
        let above = own
            .ancestors()
            .take_while(|folder| folder.starts_with(version.root));
        let groups: Vec<_> = above
            .map(|folder| Group {
                folder: folder.to_owned(),
                version,
            })
            .collect();
        groups
    };
    text.lines().filter_map(of_line).flat_map(of_path).collect()
}

/// A limit as its file has it; `None` for `max`.
fn limit(text: &str) -> Option<u64> {
    // Version 1 writes a number near 2^63 where there is no limit, which is less than nothing else.
    text.trim().parse().ok()
}

/// The figure of `memory.stat` that is called `name`.
fn figure(stat: &str, name: &str) -> Option<u64> {
    let of_line = |line: &str| {
        line.strip_prefix(name)?
            .strip_prefix(' ')?
            .trim()
            .parse()
            .ok()
    };
    stat.lines().find_map(of_line)
}

impl Group {
    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(file)).ok()
    }

    fn limit(&self) -> Option<u64> {
        let limits = self.version.limits.iter();
        limits.filter_map(|file| limit(&self.read(file)?)).min()
    }

    fn left(&self) -> Option<u64> {
        let most = self.limit()?;
        let used = limit(&self.read(self.version.used)?)?;
        let reclaimable = self
            .read("memory.stat")
            .and_then(|stat| figure(&stat, self.version.reclaimable));
        Some(most.saturating_sub(used.saturating_sub(reclaimable.unwrap_or(0))))
    }
}

/// The groups of this process. It stays where it was when this is first asked for, as far as nano is concerned.
fn own() -> &'static [Group] {
    static OWN: LazyLock<Vec<Group>> = LazyLock::new(|| {
        let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut groups = groups(&text);
        groups.retain(|group| group.folder.is_dir());
        groups
    });
    &OWN
}

/// The most that the groups let the process have, in bytes, where one says.
pub(super) fn most() -> Option<u64> {
    own().iter().filter_map(Group::limit).min()
}

/// What is left of that, in bytes, by the group that has least.
pub(super) fn left() -> Option<u64> {
    own().iter().filter_map(Group::left).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(text: &str) -> Vec<String> {
        let folder = |group: &Group| group.folder.to_str().expect("as it was given").to_owned();
        groups(text).iter().map(folder).collect()
    }

    #[test]
    fn a_nested_group_has_limits_above_it() {
        assert_eq!(
            folders("0::/system.slice/nano.service\n"),
            [
                "/sys/fs/cgroup/system.slice/nano.service",
                "/sys/fs/cgroup/system.slice",
                "/sys/fs/cgroup",
            ]
        );
        assert_eq!(groups("0::/a")[0].version, &SECOND);
        assert_eq!(folders("0::/\n"), ["/sys/fs/cgroup"], "a container's");
        assert_eq!(
            folders("0::/../../a\n"),
            ["/sys/fs/cgroup"],
            "out of its namespace"
        );
    }

    #[test]
    fn the_first_version_has_a_line_for_each_hierarchy() {
        let text = "9:name=systemd:/\n5:cpu,cpuacct:/x\n4:hugetlb,memory:/a:b/c\n3:memoryless:/y\n";
        let root = "/sys/fs/cgroup/memory";
        let expected = [
            format!("{root}/a:b/c"),
            format!("{root}/a:b"),
            root.to_owned(),
        ];
        assert_eq!(folders(text), expected);
        assert_eq!(groups(text)[0].version, &FIRST);
    }

    #[test]
    fn what_says_nothing_is_no_group() {
        for text in ["", "\n", "0:", "nonsense", "1:cpu:/"] {
            assert!(groups(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!(limit("629145600\n"), Some(629_145_600));
        assert_eq!(limit("max\n"), None);
        assert_eq!(limit(""), None);
    }

    #[test]
    fn figures_go_by_their_whole_name() {
        let stat = "inactive_file 7\ntotal_inactive_file 4096\ninactive_files 9\n";
        assert_eq!(figure(stat, "inactive_file"), Some(7));
        assert_eq!(figure(stat, "total_inactive_file"), Some(4_096));
        assert_eq!(figure(stat, "inactive"), None);
    }
}
