//! Figures for the driver: a JSON line each.

use std::time::Duration;

use serde_json::json;

pub fn report(name: &str, value: f64, unit: &str) {
    println!("{}", json!({"name": name, "value": value, "unit": unit}));
}

/// Says something of a figure, or why there is none.
pub fn note(name: &str, text: &str) {
    println!("{}", json!({"name": name, "note": text}));
}

/// Tells how far it has come, for the case that it does not get to the end.
pub fn progress(text: &str) {
    println!("{}", json!({"progress": text}));
}

pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value below which the share `q` of `values` lies, as the peers' `quantile`.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * q) as usize;
    sorted[place.min(sorted.len() - 1)]
}
