//! An isolate with an export for everything that a caller may try on it.

use std::time::Duration;

use nano::{ActorRef, ActorSpec, Runtime};

/// How long anything may take.
pub const GRACE: Duration = Duration::from_secs(10);

/// Its module.
pub const SOURCE: &str = "
  import { self, lookup } from 'nano:actor';
  let aborts = [], ran = 0;
  export const aborted = () => aborts;
  export const runs = () => ran;
  export const run = () => { ran++ };
  export const hang = () => new Promise(() => {
    const { signal } = self;
    signal.addEventListener('abort', () => aborts.push(signal.reason.name));
  });
  export const via = async ([name, next, argument]) => {
    const { signal } = self;
    signal.addEventListener('abort', () => aborts.push(signal.reason.name));
    await null;
    return await lookup(name).ask(next, argument);
  };
  export const patient = async ([name, timeout]) => {
    try { return await lookup(name).ask('hang', null, { timeout }); } catch (error) { return error.name }
  };
  export const fickle = async (name) => {
    const controller = new AbortController();
    const asked = lookup(name).ask('run', null, { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    try { return await asked; } catch (error) { return error.message }
  };
  export const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  export const wait = (ms) => new Promise((done) => setTimeout(done, ms, 'done'));
  export const hog = (n) => { globalThis.kept = new Array(n).fill(1.5); };
  export const buffers = async (n) => { let b = new ArrayBuffer(n); b = null; await null; };
  export const work = async (ms) => {
    await new Promise((done) => setTimeout(done, 1));
    spin(ms);
    // So much at least, however little of that time the machine gave.
    for (let n = 0; n < 200_000; n++) performance.now();
    await new Promise((done) => setTimeout(done, 30));
  };
  export const fail = () => { setTimeout(() => { throw new Error('on purpose') }) };
  export const echo = (x) => x;
";

/// One of them, registered under `name`.
pub async fn named(runtime: &Runtime, name: &str) -> ActorRef {
    let actor = runtime
        .spawn(ActorSpec::source(SOURCE).name(name))
        .await
        .unwrap();
    actor.register(name).unwrap();
    actor
}

/// Waits until the isolate has taken so many messages.
pub async fn until_received(actor: &ActorRef, messages: u64) {
    let received = async { while actor.stats().await.unwrap().messages_in < messages {} };
    tokio::time::timeout(GRACE, received)
        .await
        .expect("the message arrives");
}
