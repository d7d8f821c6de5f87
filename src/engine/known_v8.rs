//! The V8 whose memory layout is known here: the one that `third_party/v8` holds. What goes by that layout asks first,
//! and does without where another one runs.

/// Its version.
const VERSION: &str = "15.2.124.1-rusty";

/// The tag of a pointer to a heap object.
pub(super) const TAG: usize = 1;

/// Whether it is the V8 that runs.
pub(super) fn is_known() -> bool {
    cfg!(all(target_arch = "x86_64", target_os = "linux")) && v8::VERSION_STRING == VERSION
}

#[cfg(all(test, target_arch = "x86_64", target_os = "linux"))]
mod tests {
    /// With another V8 all that goes by its layout has to be found anew; nothing else would say so.
    #[test]
    fn what_is_known_is_of_this_v8() {
        assert!(super::is_known(), "made for {}", super::VERSION);
    }
}
