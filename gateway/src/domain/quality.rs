use vouchsafe_evaluation::{Label, Repeats, Row, label};

use super::item::ItemRow;

/// The quality label of clean files; `None` where a row is not the evaluation suite's: of a file that was cleaned before
/// there was one.
pub fn quality(rows: &[ItemRow], repeats: &Repeats) -> Option<Label> {
    let rows: Option<Vec<Row>> = (rows.iter())
        .map(|row| Row::parse(row.metrics.as_bytes()).ok())
        .collect();
    Some(label(&rows?, repeats))
}
