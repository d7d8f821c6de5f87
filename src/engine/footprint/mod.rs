//! The memory that an isolate's turn is known to touch, to be fetched all at once.
//!
//! Among many isolates a turn finds next to nothing of its own in the caches: some 120 lines on 40 pages, each of
//! which costs a walk of the page tables and a wait for memory, one after the other. Asked for together, the waits
//! overlap. The addresses are hints: fetching one in advance has no effect that a program can see, whatever lies
//! there, so a hint may be stale.

mod layout;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Vm;
use super::known_v8::{self, TAG};
use super::state::{State, state};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Bytes of a page.
const PAGE: usize = 4096;
/// How many lines are learned at most.
const LEARNED: usize = 80;
/// The hints are learned anew every so many turns, since garbage collection moves what they are about.
const RELEARN_TURNS: u64 = 64;

/// What one isolate's turns touch.
pub struct Footprint {
    /// V8's isolate, where its layout is known; else 0.
    isolate: AtomicUsize,
    state: AtomicUsize,
    /// What a turn goes through to come to the two.
    way: [AtomicUsize; 2],
    lines: [AtomicUsize; LEARNED],
    learned: AtomicUsize,
}

impl Footprint {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            isolate: AtomicUsize::new(0),
            state: AtomicUsize::new(0),
            way: [const { AtomicUsize::new(0) }; 2],
            lines: [const { AtomicUsize::new(0) }; LEARNED],
            learned: AtomicUsize::new(0),
        }
    }

    /// The isolate at `address` has its state in `state`.
    pub(super) fn attach(&self, address: usize, state: &State) {
        let known = if known_v8::is_known() { address } else { 0 };
        self.isolate.store(known, Ordering::Relaxed);
        self.state
            .store(std::ptr::from_ref(state) as usize, Ordering::Relaxed);
    }

    /// A turn begins with `vm`, which holds `isolate`.
    pub(super) fn begin(&self, vm: *const Vm, isolate: &v8::SharedIsolate) {
        // SAFETY: the handle is a reference-counted pointer.
        let shared = unsafe { std::mem::transmute_copy::<v8::SharedIsolate, usize>(isolate) };
        self.way[0].store(vm as usize, Ordering::Relaxed);
        self.way[1].store(shared, Ordering::Relaxed);
    }

    /// Has the processor fetch what the isolate's next turn touches.
    pub fn fetch(&self) {
        for place in &self.way {
            fetch(place.load(Ordering::Relaxed));
        }
        let learned = self.learned.load(Ordering::Relaxed);
        for line in &self.lines[..learned] {
            fetch(line.load(Ordering::Relaxed));
        }
        let isolate = self.isolate.load(Ordering::Relaxed);
        if isolate != 0 {
            layout::lines(isolate).for_each(fetch);
        }
        fetch_all(self.state.load(Ordering::Relaxed), size_of::<State>());
    }

    fn set(&self, lines: &Lines) {
        for (to, from) in self.lines.iter().zip(lines.found()) {
            to.store(*from, Ordering::Relaxed);
        }
        self.learned.store(lines.count, Ordering::Relaxed);
    }
}

/// Learns what a call of `function`, the main module's, touches of the heap; in the isolate's turn.
pub(super) fn learn(scope: &v8::PinScope<'_, '_>, function: v8::Local<'_, v8::Function>) {
    let state = state(scope);
    let turns = state.control.figures.turns.load(Ordering::Relaxed);
    if turns > 4 && !turns.is_multiple_of(RELEARN_TURNS) {
        return;
    }
    let mut lines = Lines::default();
    let context = scope.get_current_context();
    // The map, and with it the native context; what a call looks up there.
    lines.add_object(context, 1);
    lines.add(address_of(context) + 0x640);
    lines.add(address_of(context) + 0x9c8);
    if let Some(queue) = context.get_microtask_queue() {
        let queue = std::ptr::from_ref(queue) as usize;
        lines.add(queue);
        lines.add(queue + LINE);
    }
    lines.add_object(function, 7);
    if let Some(namespace) = &state.modules.borrow().main_namespace {
        lines.add_object(v8::Local::new(scope, namespace), 5);
        lines.add(slot_of(namespace));
        lines.add(owner_of(namespace) + 0x30);
    }
    if let Some(key) = state.calls.borrow().last_key() {
        lines.add(slot_of(key));
        lines.add_object(v8::Local::new(scope, key), 1);
    }
    let footprint = &state.control.footprint;
    let isolate = footprint.isolate.load(Ordering::Relaxed);
    if isolate != 0 {
        // SAFETY: the isolate whose turn it is; its layout is known, else the address were not kept.
        unsafe { layout::parts(isolate) }.for_each(|line| lines.add(line));
        if !function.is_proxy() {
            // SAFETY: the same, and a function of its heap.
            lines.add(unsafe { layout::dispatch_entry(isolate, address_of(function)) });
        }
    }
    footprint.set(&lines);
}

/// Lines, each once, as many as find room.
struct Lines {
    lines: [usize; LEARNED],
    count: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            lines: [0; LEARNED],
            count: 0,
        }
    }
}

impl Lines {
    fn found(&self) -> &[usize] {
        &self.lines[..self.count]
    }

    fn add(&mut self, address: usize) {
        let line = address & !(LINE - 1);
        if self.count < LEARNED && !self.found().contains(&line) {
            self.lines[self.count] = line;
            self.count += 1;
        }
    }

    /// Adds an object and what its first `fields` fields, of which the first is its map, refer to.
    fn add_object<T>(&mut self, object: v8::Local<'_, T>, fields: usize) {
        let address = address_of(object);
        let on_page = (PAGE - address % PAGE) / size_of::<usize>();
        for i in 0..fields.min(on_page) {
            let field = address + i * size_of::<usize>();
            self.add(field);
            // SAFETY: on the page on which the live object begins, which can therefore be read. Whatever stands
            // there is taken for an address only, and nothing is read from it.
            let value = unsafe { std::ptr::read_volatile(field as *const usize) };
            if value & TAG != 0 {
                // What is looked at of an object lies in its first eight words.
                self.add(value & !TAG);
                self.add((value & !TAG).wrapping_add(LINE - size_of::<usize>()));
            }
        }
    }
}

/// Where the object lies now.
pub(super) fn address_of<T>(object: v8::Local<'_, T>) -> usize {
    // SAFETY: a local handle is a pointer to a slot that holds the object's tagged pointer.
    let tagged = unsafe { *std::mem::transmute_copy::<v8::Local<'_, T>, *const usize>(&object) };
    tagged & !TAG
}

/// Where the global handle's slot lies.
fn slot_of<T>(global: &v8::Global<T>) -> usize {
    // SAFETY: the handle begins with the pointer to its slot.
    unsafe { std::mem::transmute_copy::<v8::Global<T>, usize>(global) }
}

/// Where the crate `v8` keeps whether the global handle's isolate lives.
fn owner_of<T>(global: &v8::Global<T>) -> usize {
    // SAFETY: the handle's second and last word is the pointer to that.
    unsafe { std::mem::transmute_copy::<v8::Global<T>, [usize; 2]>(global)[1] }
}

/// Has the processor fetch what will be looked at soon.
pub(super) fn fetch_value<T: ?Sized>(value: &T) {
    let address = std::ptr::from_ref(value).cast::<()>() as usize;
    fetch_all(address, size_of_val(value));
}

/// Has the processor fetch all lines of what lies there.
fn fetch_all(address: usize, bytes: usize) {
    let first = address & !(LINE - 1);
    (first..address + bytes).step_by(LINE).for_each(fetch);
}

/// Has the processor fetch one line.
fn fetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint to the processor, which reads nothing a program could see and never faults.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
