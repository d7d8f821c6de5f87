//! Embeds nano: one isolate, one ask.

use nano::{ActorSpec, Runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
  let runtime = Runtime::new()?;
  let answer: String = runtime.block_on(async {
    let source = "export const price = (n) => new Intl.NumberFormat('de-DE').format(n);";
    let actor = runtime.spawn(ActorSpec::source(source)).await?;
    Ok::<_, Box<dyn std::error::Error>>(actor.ask("price", &1234.5).await?)
  })?;
  assert_eq!(answer, "1.234,5");
  println!("{answer}");
  Ok(())
}
