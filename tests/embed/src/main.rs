//! The program of the README, outside the checkout; and Intl in another language, since the V8 library may be
//! another one than the checkout's.

use std::time::Duration;
use nano::{ActorSpec, Limits, Runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
  let runtime = Runtime::new()?;
  runtime.block_on(async {
    let spec = ActorSpec::source("export const double = (n) => 2 * n;")
      .name("doubler")
      .limits(Limits::default().with_heap_bytes(32 << 20));
    let actor = runtime.spawn(spec).await?;

    let six: i32 = actor.ask("double", &3).timeout(Duration::from_secs(1)).await?;
    assert_eq!(six, 6);

    actor.stop(Duration::from_secs(1)).await;

    let source = "export const price = (n) => new Intl.NumberFormat('de-DE').format(n);";
    let actor = runtime.spawn(ActorSpec::source(source)).await?;
    let price: String = actor.ask("price", &1234.5).await?;
    assert_eq!(price, "1.234,5");
    println!("{six} {price}");
    Ok(())
  })
}
