//! What a program may have many of is not searched one by one.

use std::time::Duration;

use nano::{ActorRef, ActorSpec};

use crate::one_thread;

const SOURCE: &str = "
  const named = (count, use) => { for (let i = 0; i < count; i++) use(`x-${i}`, () => {}) };
  const headers = (count) => {
    const made = new Headers();
    named(count, (name) => made.append(name, '1'));
    return made;
  };

  export const set_headers = (count) => {
    const made = new Headers();
    named(count, (name) => made.set(name, made.get(name) ?? '1'));
  };
  export const delete_headers = (count) => {
    const made = headers(count);
    named(count, (name) => made.delete(name));
  };
  export const change_all_headers = (count) => {
    const made = headers(count);
    for (const [name, value] of made) made.set(name, `${value}, 2`);
  };
  export const get_cookies = (count) => {
    const made = headers(count);
    named(count, () => made.getSetCookie());
  };
  export const add_listeners = (count) => {
    const target = new EventTarget();
    named(count, (_, listener) => target.addEventListener('x', listener));
  };
  export const remove_listeners = (count) => {
    const target = new EventTarget();
    const listeners = [];
    named(count, (_, listener) => {
      listeners.push(listener);
      target.addEventListener('x', listener);
    });
    for (const listener of listeners.reverse()) target.removeEventListener('x', listener);
  };
  export const name_groups = (count) => {
    let pathname = '';
    named(count, (name) => { pathname += `/:${name.replace('-', '')}` });
    new URLPattern({ pathname });
  };
";

/// The CPU time of the quickest of some calls.
async fn least(actor: &ActorRef, entry: &str, count: u32, calls: u32) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..calls {
        let asked = actor.ask::<()>(entry, &count).with_receipt();
        least = least.min(asked.await.expect("is answered").1.cpu);
    }
    least
}

#[test]
fn eight_times_as_many_take_far_less_than_the_square_of_that() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        for (entry, count) in [
            ("set_headers", 5000),
            ("delete_headers", 5000),
            ("change_all_headers", 1000),
            ("get_cookies", 5000),
            ("add_listeners", 5000),
            ("remove_listeners", 5000),
            ("name_groups", 4000),
        ] {
            let spec = ActorSpec::source(SOURCE);
            let actor = runtime.spawn(spec).await.expect("starts");
            let few = least(&actor, entry, count, 5).await;
            let many = least(&actor, entry, 8 * count, 3).await;
            println!("{entry}: {few:?}, {many:?}");
            assert!(many < few * 30, "{entry}: {few:?}, {many:?}");
        }
    });
}
