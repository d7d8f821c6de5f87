//! `structuredClone` of the ten shapes that the comparison with the peers has, in one isolate. The
//! rate counts the bytes that the shape is serialized to.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use nano::{ActorSpec, Runtime, to_value};
use serde_json::json;

use crate::actors::limits;

const SHAPES: &str = include_str!("../peers/work/shapes.mjs");

const CLONER: &str = "
export const names = () => Object.keys(shapes);
export const shape = (name) => shapes[name];
export function clone({ name, times }) {
  const value = shapes[name];
  const began = performance.now();
  for (let i = 0; i < times; i++) structuredClone(value);
  return (performance.now() - began) / 1000;
}
";

pub fn shapes(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let spec = ActorSpec::source(format!("{SHAPES}{CLONER}")).limits(limits());
    let cloner = runtime.block_on(runtime.spawn(spec)).expect("an isolate");
    let names: Vec<String> = runtime
        .block_on(cloner.ask("names", &()).into_future())
        .expect("their names");
    let mut group = c.benchmark_group("structured_clone");
    group.measurement_time(Duration::from_secs(1));
    for name in names {
        let wanted = to_value(&name).expect("text");
        let shape = runtime
            .block_on(cloner.ask_raw("shape", wanted).into_future())
            .expect("the shape");
        group.throughput(Throughput::Bytes(shape.len() as u64));
        group.bench_function(&name, |b| {
            b.iter_custom(|times| {
                let run = json!({"name": name, "times": times});
                let seconds: f64 = runtime
                    .block_on(cloner.ask("clone", &run).into_future())
                    .expect("a time");
                Duration::from_secs_f64(seconds)
            });
        });
    }
    group.finish();
}
