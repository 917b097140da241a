//! From single measurements to what a call costs: a base, and so much more for each unit of a component.

use frame_benchmarking::{Analysis, BenchmarkParameter, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;

/// A component of a benchmark: its letter, its least and its greatest value.
pub type Component = (BenchmarkParameter, u32, u32);
/// A value for each component.
pub type Point = Vec<(BenchmarkParameter, u32)>;

/// How many rows a map without a bound is taken to have. It decides how long the trie's path to a row is.
const ROWS_OF_A_MAP: u32 = 1_000_000;
/// What one level of the trie adds to a proof: 15 siblings' hashes, each with its length. Bytes.
const LEVEL: u32 = 15 * 33;

/// A call's measurements did not let themselves be drawn as a line.
#[derive(Debug, thiserror::Error)]
#[error("cannot fit the measurements of {call}: {reason}")]
pub struct FitError {
    pub call: String,
    pub reason: String,
}

/// A quantity that grows in proportion with each component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub base: u64,
    /// One for each component, in their order.
    pub slopes: Vec<u64>,
}

impl Line {
    /// The quantity where every component has its greatest value.
    pub fn at_most(&self, components: &[Component]) -> u64 {
        let grown = self.slopes.iter().zip(components);
        grown.fold(self.base, |sum, (slope, (_, _, greatest))| {
            sum.saturating_add(slope.saturating_mul(u64::from(*greatest)))
        })
    }
}

/// How often a call touches a kind of row, where its components are greatest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// `Pallet::Item`, or the key in hexadecimal where no pallet knows it.
    pub item: String,
    pub reads: u32,
    pub writes: u32,
}

/// What one call costs.
#[derive(Clone, Debug)]
pub struct Figures {
    pub call: String,
    pub components: Vec<Component>,
    /// In WebAssembly; picoseconds, the unit of weights.
    pub wasm: Line,
    /// The least of all runs in WebAssembly; picoseconds.
    pub wasm_least: u64,
    /// Natively; picoseconds. Nothing where that was not measured.
    pub native: Option<Line>,
    /// Rows read for the first time.
    pub reads: Line,
    /// Rows written at the end.
    pub writes: Line,
    /// The proof of all rows touched, at most; bytes.
    pub proof: Line,
    pub touched: Vec<Touched>,
}

/// All measurements of one call.
#[derive(Default)]
pub struct Measurements {
    pub wasm: Vec<BenchmarkResult>,
    /// May be empty.
    pub native: Vec<BenchmarkResult>,
    /// One for each point, greatest components last.
    pub counts: Vec<BenchmarkResult>,
}

impl Figures {
    /// Least squares over the times at each point, of which the fastest quarter counts ([`fastest`]); its median for a
    /// call without components.
    pub fn fit(
        call: &str,
        components: Vec<Component>,
        measured: Measurements,
        rows: &[StorageInfo],
    ) -> Result<Self, FitError> {
        let fit = |results: &Vec<BenchmarkResult>, of| -> Result<(Line, u64), FitError> {
            let fitted = Analysis::min_squares_iqr(results, of).map_err(|error| FitError {
                call: call.into(),
                reason: error.to_string(),
            })?;
            let least = whole(fitted.minimum).saturating_mul(1_000);
            let line = Line {
                base: whole(fitted.base),
                slopes: fitted.slopes.into_iter().map(whole).collect(),
            };
            Ok((line, least))
        };
        let (wasm, wasm_least) = fit(&fastest(measured.wasm), BenchmarkSelector::ExtrinsicTime)?;
        let native = match measured.native.is_empty() {
            true => None,
            false => Some(fit(&fastest(measured.native), BenchmarkSelector::ExtrinsicTime)?.0),
        };
        let counts = with_bounded_proofs(measured.counts, rows);
        Ok(Self {
            wasm,
            wasm_least,
            native,
            reads: fit(&counts, BenchmarkSelector::Reads)?.0,
            writes: fit(&counts, BenchmarkSelector::Writes)?.0,
            proof: fit(&counts, BenchmarkSelector::ProofSize)?.0,
            touched: counts.last().map_or_else(Vec::new, |last| touched(last, rows)),
            call: call.into(),
            components,
        })
    }
}

/// The fastest quarter of the runs at each point, at least one. The work of a call is the same in every run, and what
/// else happens on a machine only ever adds to it, often for seconds: over all runs the median tells how busy the machine
/// was (Chen and Revels, Robust benchmarking in noisy environments, arXiv:1608.04295, section 4).
fn fastest(mut runs: Vec<BenchmarkResult>) -> Vec<BenchmarkResult> {
    let point = |run: &BenchmarkResult| run.components.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    runs.sort_by_cached_key(|run| (point(run), run.extrinsic_time));
    let points = runs.chunk_by(|one, other| one.components == other.components);
    points
        .flat_map(|point| &point[..point.len().div_ceil(4)])
        .cloned()
        .collect()
}

/// Where to measure: each component in turn from its least to its greatest value, the others at their greatest.
///
/// `steps` is the most values that a component gets, and how often a call without components is measured; at least 2.
pub fn points(components: &[Component], steps: u32) -> Vec<Point> {
    if components.is_empty() {
        return vec![Point::new(); steps as usize];
    }
    let greatest = |value: u32, at: usize| {
        let others = components.iter().enumerate();
        others
            .map(|(i, (letter, _, most))| (*letter, if i == at { value } else { *most }))
            .collect::<Point>()
    };
    let spread = |(at, (_, least, most)): (usize, &Component)| {
        let (span, gaps) = (u64::from(most - least), u64::from(steps.max(2) - 1));
        let count = gaps.min(span);
        (0..=count)
            .map(|step| least + (span * step).checked_div(count).unwrap_or(0) as u32)
            .map(|value| greatest(value, at))
            .collect::<Vec<_>>()
    };
    components.iter().enumerate().flat_map(spread).collect()
}

/// Replaces the proof's size over the benchmark's small state by what it can be at most: for every row, its greatest
/// length and a path of the depth that its map may have. A row of unknown length counts as the whole recorded proof.
fn with_bounded_proofs(mut counts: Vec<BenchmarkResult>, rows: &[StorageInfo]) -> Vec<BenchmarkResult> {
    for count in &mut counts {
        let recorded = count.proof_size;
        let proof = |(key, reads, writes, _): &(Vec<u8>, u32, u32, bool)| {
            let row = info(key, rows);
            let length = row.and_then(|row| row.max_size).unwrap_or(recorded);
            let entries = row.and_then(|row| row.max_values).unwrap_or(ROWS_OF_A_MAP);
            let path = LEVEL.saturating_mul(levels(entries));
            length.saturating_add(path).saturating_mul(*reads.max(writes))
        };
        count.proof_size = count.keys.iter().map(proof).fold(0, u32::saturating_add);
    }
    counts
}

/// The depth of a trie of sixteen branches that holds so many rows.
fn levels(rows: u32) -> u32 {
    let mut levels = 1;
    while 16_u64.pow(levels) < u64::from(rows) {
        levels += 1;
    }
    levels
}

fn touched(count: &BenchmarkResult, rows: &[StorageInfo]) -> Vec<Touched> {
    let name = |key: &Vec<u8>| match info(key, rows) {
        Some(row) => format!(
            "{}::{}",
            String::from_utf8_lossy(&row.pallet_name),
            String::from_utf8_lossy(&row.storage_name)
        ),
        None => format!("{}", sp_core::hexdisplay::HexDisplay::from(key)),
    };
    let keys = count.keys.iter().filter(|(.., free)| !free);
    keys.map(|(key, reads, writes, _)| Touched {
        item: name(key),
        reads: *reads,
        writes: *writes,
    })
    .collect()
}

fn info<'a>(key: &[u8], rows: &'a [StorageInfo]) -> Option<&'a StorageInfo> {
    rows.iter().find(|row| key.starts_with(&row.prefix))
}

fn whole(value: u128) -> u64 {
    value.try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use BenchmarkParameter::{a, b};

    #[test]
    fn each_component_takes_every_value_while_the_others_are_greatest() {
        let expected = [
            [(a, 0), (b, 9)],
            [(a, 1), (b, 9)],
            [(a, 2), (b, 9)],
            [(a, 2), (b, 7)],
            [(a, 2), (b, 8)],
            [(a, 2), (b, 9)],
        ];
        assert_eq!(points(&[(a, 0, 2), (b, 7, 9)], 20), expected);
    }

    #[test]
    fn wide_component_is_measured_at_evenly_spread_values_with_both_ends() {
        let values: Vec<u32> = points(&[(a, 10, 1_010)], 5)
            .iter()
            .map(|point| point[0].1)
            .collect();
        assert_eq!(values, [10, 260, 510, 760, 1_010]);
    }

    #[test]
    fn component_with_one_value_is_measured_there() {
        assert_eq!(points(&[(a, 3, 3)], 20), [[(a, 3)]]);
    }

    #[test]
    fn call_without_components_is_measured_as_often_as_there_are_steps() {
        assert_eq!(points(&[], 20), vec![Point::new(); 20]);
    }

    fn row(max_values: Option<u32>, max_size: Option<u32>) -> StorageInfo {
        StorageInfo {
            pallet_name: b"Marketplace".to_vec(),
            storage_name: b"Offers".to_vec(),
            prefix: b"offers".to_vec(),
            max_values,
            max_size,
        }
    }

    fn result(p: u32, nanoseconds: u128) -> BenchmarkResult {
        BenchmarkResult {
            components: vec![(a, p)],
            extrinsic_time: nanoseconds,
            reads: 2 + p,
            writes: 1,
            proof_size: 77,
            keys: vec![(b"offers and more".to_vec(), 2 + p, 1, false)],
            ..Default::default()
        }
    }

    #[test]
    fn times_counts_and_proofs_become_a_base_and_a_slope() {
        let times = |each| (0..9).map(|p| result(p, 1_000 + each * u128::from(p))).collect();
        let measured = Measurements {
            wasm: times(50),
            native: times(10),
            counts: times(0),
        };
        let figures =
            Figures::fit("offer", vec![(a, 0, 8)], measured, &[row(None, Some(100))]).expect("nine points");
        let line = |base, slope| Line {
            base,
            slopes: vec![slope],
        };
        assert_eq!(figures.wasm, line(1_000_000, 50_000));
        assert_eq!(figures.wasm_least, 1_000_000);
        assert_eq!(figures.native, Some(line(1_000_000, 10_000)));
        assert_eq!((figures.reads, figures.writes), (line(2, 1), line(1, 0)));
        // A million rows are five levels deep.
        let read = 100 + 5 * 15 * 33;
        assert_eq!(figures.proof, line(2 * read, read));
        assert_eq!(figures.wasm.at_most(&figures.components), 1_400_000);
        let expected = Touched {
            item: "Marketplace::Offers".into(),
            reads: 10,
            writes: 1,
        };
        assert_eq!(figures.touched, [expected]);
    }

    #[test]
    fn runs_that_other_work_slowed_do_not_count() {
        let mut runs: Vec<_> = (0..9).map(|p| result(p, 1_000 + 50 * u128::from(p))).collect();
        for slowed in [1_700, 2_000, 9_000] {
            runs.extend((0..9).rev().map(|p| result(p, slowed + 90 * u128::from(p % 4))));
        }
        let measured = Measurements {
            wasm: runs,
            native: Vec::new(),
            counts: vec![result(0, 0), result(8, 0)],
        };
        let figures = Figures::fit("offer", vec![(a, 0, 8)], measured, &[]).expect("nine points");
        let expected = Line {
            base: 1_000_000,
            slopes: vec![50_000],
        };
        assert_eq!(figures.wasm, expected);
    }

    #[test]
    fn row_without_a_greatest_length_counts_as_the_recorded_proof() {
        let counts = with_bounded_proofs(vec![result(0, 0)], &[row(Some(1), None)]);
        assert_eq!(counts[0].proof_size, 2 * (77 + 15 * 33));
    }

    #[test]
    fn trie_is_a_level_deeper_from_each_power_of_sixteen() {
        let depths = [(1, 1), (16, 1), (17, 2), (256, 2), (257, 3), (u32::MAX, 8)];
        for (rows, depth) in depths {
            assert_eq!(levels(rows), depth, "{rows} rows");
        }
    }

    #[test]
    fn nothing_measured_is_an_error() {
        let error = Figures::fit("offer", vec![], Measurements::default(), &[]).unwrap_err();
        assert_eq!(error.call, "offer");
    }
}
