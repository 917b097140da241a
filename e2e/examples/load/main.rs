//! Throughput of one author: `load [N]` (default 3,000).
//!
//! On a fresh development chain N transfers, then N orders, N deliveries and N settlements. Each kind is signed before
//! its clock starts, handed over as fast as the node takes it, and counted in **finalised** blocks. That every call
//! succeeded is read from the chain's state; the clock is the blocks' own. Prints a table, and as its last line the same
//! as JSON.

mod market;
mod meter;

use market::{BUYERS, Market, Money, OFFERS};
use meter::Kind;
use serde_json::{Value, json};
use std::{env, error::Error, fs, time::Duration};
use vouchsafe_e2e::{Node, wait_until};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// More would neither fit into the node's pool nor be included before their signatures expire, 64 blocks later.
const MOST: usize = 8_000;

fn main() -> Result<()> {
    let count: usize = env::args().nth(1).map_or(Ok(3_000), |text| text.parse())?;
    if !(1..=MOST).contains(&count) {
        return Err(format!("{count} of each call cannot be measured: name 1 to {MOST}").into());
    }
    let busy = fs::read_to_string("/proc/loadavg")?;
    let folder = tempfile::tempdir()?;
    let node = Node::start(folder.path());
    let market = Market::open(&node, count)?;
    let before = market.money()?;

    let mut kinds = vec![market.transfers()?];
    let trades = market.trades();
    kinds.push(market.orders(&trades)?);
    let (delivered, quiet_until) = market.deliveries(&trades)?;
    kinds.push(delivered);
    wait_until("the end of the quiet window", Duration::from_secs(120), || {
        node.finalised().filter(|height| *height >= quiet_until)
    });
    kinds.push(market.settlements(&trades)?);

    let burned = market.burned_each()? * count as u128;
    let after = market.money()?;
    if after.issuance + burned != before.issuance || after.elsewhere != before.elsewhere {
        return Err(format!("money was made or lost: {before:?}, {after:?}, {burned} to be burned").into());
    }
    print(&market, &kinds, (&before, &after), busy.trim());
    Ok(())
}

fn print(market: &Market, kinds: &[Kind], (before, after): (&Money, &Money), busy: &str) {
    let slot = market.meter.client.constants().slot_ms;
    println!(
        "{} calls of each kind, {BUYERS} buyers, {OFFERS} offers of one seller, one author, a slot every {slot} ms",
        market.count
    );
    println!("load of the machine before (1, 5 and 15 minutes): {busy}");
    println!(
        "            calls  blocks  seconds  a second  most in a block  weight: mean  most   handed over in  again"
    );
    for kind in kinds {
        println!(
            "{:<10} {:>6} {:>7} {:>8.1} {:>9.1} {:>16} {:>11.1} % {:>5.1} % {:>12.1} s {:>6}",
            kind.name,
            kind.count,
            kind.blocks,
            kind.seconds,
            kind.per_second(),
            kind.most_in_a_block,
            100.0 * kind.mean_fill,
            100.0 * kind.most_fill,
            kind.handing_over,
            kind.turned_away,
        );
    }
    let seconds: f64 = kinds[1..].iter().map(|kind| kind.seconds).sum();
    let trades = market.count as f64 / seconds;
    let transfers = kinds[0].per_second() / trades;
    println!(
        "purchases (order, deliver and settle) a second: {trades:.1}; one takes the time of {transfers:.1} transfers"
    );
    let burned = before.issuance - after.issuance;
    println!("money conserved to the unit: yes; {burned} burned, as the house's share says");
    let rows: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            json!({
                "call": kind.name, "succeeded": kind.count, "blocks": kind.blocks, "seconds": kind.seconds,
                "per_second": kind.per_second(), "most_in_a_block": kind.most_in_a_block,
                "mean_weight": kind.mean_fill, "most_weight": kind.most_fill,
                "handing_over_seconds": kind.handing_over, "handed_over_again": kind.turned_away,
            })
        })
        .collect();
    let summary = json!({
        "count": market.count, "slot_ms": slot, "load": busy, "calls": rows, "purchases_per_second": trades,
        "transfers_per_purchase": transfers, "burned": burned.to_string(), "conserved": true,
    });
    println!("{summary}");
}
