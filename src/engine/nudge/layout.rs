//! Where V8 keeps the interrupt budget of a function, in the build that `third_party/v8` holds.
//!
//! `src/objects/js-function.tq` and `feedback-cell.tq` of V8 say what there is; where it lies, and which of the
//! isolate's roots are the maps of cells, was found by looking at functions before and after they ran, as the test
//! below does. With another V8 nothing is touched.

use crate::engine::known_v8::TAG;

/// Objects lie at multiples of eight bytes.
const TAG_MASK: usize = 7;

/// Where a `JSFunction` has its `FeedbackCell`.
const CELL: usize = 0x30;
/// Where a `FeedbackCell` has its `interrupt_budget`, an `int32`.
const BUDGET: usize = 0x14;
/// Where the isolate has the maps of cells with one and with many closures, which are read-only.
const MAPS: [usize; 2] = [0x580, 0x538];

/// The maps of feedback cells.
///
/// # Safety
/// `isolate` is the address of a live isolate, and its V8 is the known one.
pub(super) unsafe fn cell_maps(isolate: usize) -> [usize; 2] {
    // SAFETY: within the isolate, by the caller's word.
    MAPS.map(|offset| unsafe { *((isolate + offset) as *const usize) })
}

/// Where the budget lies of the function that `word` refers to, if that is a function. `read` reads a word of memory,
/// if there is one.
pub(super) fn budget_of(
    word: usize,
    maps: &[usize; 2],
    read: impl Fn(usize) -> Option<usize>,
) -> Option<usize> {
    let is_object = |word: usize| word & TAG_MASK == TAG;
    let cell = is_object(word)
        .then(|| read((word - TAG).wrapping_add(CELL)))?
        .filter(|cell| is_object(*cell))?;
    let map = read(cell - TAG)?;
    maps.contains(&map).then_some(cell - TAG + BUDGET)
}

#[cfg(test)]
mod tests {
    use nano_proto::Limits;

    use super::super::super::{Control, Vm, footprint, known_v8, threads};
    use super::*;

    fn read(address: usize) -> Option<usize> {
        // SAFETY: of live objects alone, below.
        Some(unsafe { *(address as *const usize) })
    }

    fn read_budget(function: v8::Local<'_, v8::Function>, maps: &[usize; 2]) -> i32 {
        let word = footprint::address_of(function) + TAG;
        let budget = budget_of(word, maps, read).expect("a function has a cell");
        // SAFETY: within the cell.
        unsafe { *(budget as *const i32) }
    }

    /// With another V8 all this has to be found anew; nothing else would say so.
    #[test]
    fn a_loop_uses_its_functions_budget_up() {
        assert!(known_v8::is_known());
        let (done, waits) = std::sync::mpsc::channel();
        threads::start_v8().unwrap();
        threads::spawn_thread("test".into(), move || {
            let vm = Vm::new(Control::new(Limits::default()));
            let budgets = vm.test(|scope, isolate| {
                // SAFETY: a live isolate of the known V8.
                let maps = unsafe { cell_maps(isolate) };
                let source = "(() => {
                  const make = () => (n) => { for (let i = 0; i < n; i++); };
                  make();
                  const of_many = make();
                  const of_one = (n) => { for (let i = 0; i < n; i++); };
                  of_many(1);
                  of_one(1);
                  return [of_one, of_many];
                })()";
                let source = v8::String::new(scope, source).unwrap();
                let script = v8::Script::compile(scope, source, None).unwrap();
                let functions = script.run(scope).unwrap();
                let functions = v8::Local::<v8::Array>::try_from(functions).unwrap();
                [0, 1].map(|i| {
                    let function = functions.get_index(scope, i).unwrap();
                    let function = v8::Local::<v8::Function>::try_from(function).unwrap();
                    let rounds = v8::Integer::new(scope, 100).into();
                    let undefined = v8::undefined(scope).into();
                    [0; 3].map(|_| {
                        function.call(scope, undefined, &[rounds]).unwrap();
                        read_budget(function, &maps)
                    })
                })
            });
            done.send(budgets).unwrap();
        });
        for [first, second, third] in waits.recv().expect("the thread lives") {
            assert!(first > second && second > third && third > 0);
            assert_eq!(first - second, second - third, "each round costs the same");
        }
    }
}
