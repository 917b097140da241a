//! The `weights.rs` of a pallet as text.

use crate::figures::{Figures, Line};
use std::fmt::{self, Display, Formatter};

/// A pallet's weights. `Display` writes the Rust file; it wants `rustfmt` afterwards.
pub struct WeightsFile<'a> {
    /// How the measuring was started, to be given again.
    pub command: &'a str,
    /// Date, processor, memory, compiler: what the times hold for.
    pub machine: &'a str,
    /// How this program, and with it the functions that a node lends the runtime, was compiled.
    pub profile: &'a str,
    /// In the order of the file.
    pub calls: &'a [Figures],
}

impl Display for WeightsFile<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            command,
            machine,
            profile,
            calls,
        } = self;
        write!(
            f,
            "//! Weights of the calls, measured. Written by `{command}`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: {machine}.
//! - Runtime: WebAssembly, profile `release`, compiled by the node's executor. The functions that a node lends it:
//!   profile `{profile}`.
//! - Times: of the call alone, in its dearest successful case, over a state in memory. What the database takes is
//!   added by the runtime's `DbWeight`, for each row read first or written.
//! - Proofs: for each row its greatest length and its path in a map of a million. No fee depends on them: the chain
//!   is no parachain.

use core::marker::PhantomData;
use frame_support::{{traits::Get, weights::Weight}};

/// What each call costs at most.
pub trait WeightInfo {{
"
        )?;
        for call in *calls {
            for (letter, least, most) in &call.components {
                writeln!(f, "    /// `{letter}`: {least} to {most}.")?;
            }
            let letters: Vec<_> = call
                .components
                .iter()
                .map(|(letter, ..)| format!("{letter}: u32"))
                .collect();
            writeln!(f, "    fn {}({}) -> Weight;", call.call, letters.join(", "))?;
        }
        f.write_str(
            "}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {",
        )?;
        for (index, call) in calls.iter().enumerate() {
            f.write_str(if index == 0 { "\n" } else { "\n\n" })?;
            write_call(f, call)?;
        }
        f.write_str("\n}\n")
    }
}

fn write_call(f: &mut Formatter<'_>, call: &Figures) -> fmt::Result {
    let at = match call.components.is_empty() {
        true => "",
        false => " where the components are greatest",
    };
    writeln!(
        f,
        "    /// {} µs{at}; the fastest run took {} µs. Rows touched (read, written):",
        micros(call.wasm.at_most(&call.components)),
        micros(call.wasm_least)
    )?;
    let rows: Vec<_> = call
        .touched
        .iter()
        .map(|row| format!("    /// `{}` ({}, {})", row.item, row.reads, row.writes))
        .collect();
    writeln!(f, "{}.", rows.join(",\n"))?;
    let growth: Vec<_> = (0..call.components.len())
        .map(|index| Growth::of(call, index))
        .collect();
    let letters: Vec<_> = call
        .components
        .iter()
        .zip(&growth)
        .map(|((letter, ..), growth)| format!("{}{letter}: u32", if growth.is_none() { "_" } else { "" }))
        .collect();
    writeln!(f, "    fn {}({}) -> Weight {{", call.call, letters.join(", "))?;
    write!(
        f,
        "        Weight::from_parts({}, {}).saturating_add(T::DbWeight::get().reads_writes({}, {}))",
        grouped(call.wasm.base),
        grouped(call.proof.base),
        call.reads.base,
        call.writes.base
    )?;
    for ((letter, ..), growth) in call.components.iter().zip(growth) {
        if let Some(growth) = growth {
            write!(f, ".saturating_add({growth}.saturating_mul({letter}.into()))")?;
        }
    }
    f.write_str("\n    }")
}

/// What a call costs for each unit of one of its components.
struct Growth {
    time: u64,
    proof: u64,
    reads: u64,
    writes: u64,
}

impl Growth {
    /// Nothing where the component makes no difference.
    fn of(call: &Figures, index: usize) -> Option<Self> {
        let slope = |line: &Line| line.slopes.get(index).copied().unwrap_or(0);
        let growth = Self {
            time: slope(&call.wasm),
            proof: slope(&call.proof),
            reads: slope(&call.reads),
            writes: slope(&call.writes),
        };
        let parts = [growth.time, growth.proof, growth.reads, growth.writes];
        parts.iter().any(|part| *part > 0).then_some(growth)
    }
}

impl Display for Growth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Weight::from_parts({}, {})",
            grouped(self.time),
            grouped(self.proof)
        )?;
        if self.reads > 0 || self.writes > 0 {
            write!(
                f,
                ".saturating_add(T::DbWeight::get().reads_writes({}, {}))",
                self.reads, self.writes
            )?;
        }
        Ok(())
    }
}

/// Picoseconds as microseconds.
pub fn micros(picoseconds: u64) -> String {
    format!("{:.1}", picoseconds as f64 / 1e6)
}

/// The number with an underscore before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Touched;
    use frame_benchmarking::BenchmarkParameter::p;

    fn line(base: u64, slopes: &[u64]) -> Line {
        Line {
            base,
            slopes: slopes.to_vec(),
        }
    }

    fn register() -> Figures {
        Figures {
            call: "register".into(),
            components: vec![(p, 0, 8)],
            wasm: line(140_000_000, &[5_000_000]),
            wasm_least: 139_900_000,
            native: None,
            reads: line(6, &[1]),
            writes: line(4, &[0]),
            proof: line(21_600, &[3_600]),
            touched: vec![Touched {
                item: "Provenance::Records".into(),
                reads: 9,
                writes: 1,
            }],
        }
    }

    fn written(calls: &[Figures]) -> String {
        let file = WeightsFile {
            command: "scripts/bench weights",
            machine: "2026-11-22, a machine",
            profile: "dev",
            calls,
        };
        file.to_string()
    }

    #[test]
    fn call_has_a_base_and_a_price_for_each_unit_of_its_component() {
        let text = written(&[register()]);
        assert!(text.contains(
            "pub trait WeightInfo {
    /// `p`: 0 to 8.
    fn register(p: u32) -> Weight;
}
"
        ));
        assert!(text.ends_with(
            "    /// 180.0 µs where the components are greatest; the fastest run took 139.9 µs. Rows touched (read, written):
    /// `Provenance::Records` (9, 1).
    fn register(p: u32) -> Weight {
        Weight::from_parts(140_000_000, 21_600).saturating_add(T::DbWeight::get().reads_writes(6, 4))\
.saturating_add(Weight::from_parts(5_000_000, 3_600).saturating_add(T::DbWeight::get().reads_writes(1, 0))\
.saturating_mul(p.into()))
    }
}
"
        ));
    }

    #[test]
    fn component_without_effect_is_named_but_not_used() {
        let mut call = register();
        for line in [&mut call.wasm, &mut call.reads, &mut call.proof] {
            line.slopes = vec![0];
        }
        let text = written(&[call]);
        assert!(text.contains("fn register(_p: u32) -> Weight {"));
        assert!(!text.contains("saturating_mul"));
    }

    #[test]
    fn file_says_what_its_times_hold_for() {
        let text = written(&[register()]);
        for fact in ["scripts/bench weights", "2026-11-22, a machine", "profile `dev`"] {
            assert!(text.contains(fact), "{fact}");
        }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let texts = [0, 999, 1_000, 21_600, 140_000_000].map(grouped);
        assert_eq!(texts, ["0", "999", "1_000", "21_600", "140_000_000"]);
    }
}
