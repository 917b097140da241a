//! What a provenance bundle costs: `bundles [PHOTOS]` (default 1000).
//!
//! Sells so many photos (those of the demonstration, over and over) in one record on a development chain, buys it, and then makes
//! and verifies bundles with one photo opened, each by the command line, start of the program included: in turns, so that
//! other work on the machine falls on both. Prints the size, the medians and the longest; the last line is JSON.

use serde_json::json;
use std::{env, error::Error, fs, path::Path, time::Instant};
use vouchsafe_e2e::{Cli, VCH, World, photos};

/// Of each.
const RUNS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    let world = World::with_settings("[offer]\ndeliver_within_blocks = 1000\n");
    let folder = world.path("photos");
    copy(&folder, count)?;
    let job = world.start_sale(&folder, 2 * VCH);
    let (record, offer) = loop {
        let seen = world.gateway.job(&job).ok_or("the gateway does not answer")?;
        match (
            seen["state"].as_str(),
            seen["record"].as_str(),
            seen["offer"].as_str(),
        ) {
            (Some("done"), Some(record), Some(offer)) => break (record.to_owned(), offer.to_owned()),
            (Some("failed" | "cancelled"), ..) => return Err(format!("the sale failed: {seen}").into()),
            _ => std::thread::sleep(std::time::Duration::from_millis(500)),
        }
    };
    world
        .buyer
        .run(&world.buy_arguments(&offer, "bought"))
        .expect_success();
    let path = |name: &str| world.path(name).display().to_string();
    let (anchor, bundle, token) = (
        path("anchor.json"),
        path("a.vsb"),
        world.gateway.token_file().display().to_string(),
    );
    world
        .seller_cli
        .run(&["anchor", "--out", &anchor])
        .expect_success();
    let name = first(&world.path("bought"))?;
    let opened = world.path("bought").join(&name).display().to_string();

    let (mut making, mut verifying, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let begun = Instant::now();
        let made = world
            .seller_cli
            .run(&[
                "bundle",
                &record,
                "--token-file",
                &token,
                "--item",
                &name,
                "--out",
                &bundle,
            ])
            .expect_success();
        making.push(begun.elapsed().as_secs_f64());
        bytes = made["bytes"].as_u64().ok_or("a bundle without a size")?;
        let begun = Instant::now();
        Cli::offline(&["verify", &bundle, &opened, "--anchor", &anchor]).expect_success();
        verifying.push(begun.elapsed().as_secs_f64());
    }
    let (made, checked) = (spread(&mut making), spread(&mut verifying));
    println!("{count} photos in the record, one of them opened, {RUNS} runs of each");
    println!("bundle     {:9.1} KiB", bytes as f64 / 1024.0);
    println!("making     {:9.2} s median, {:.2} s longest", made.0, made.1);
    println!(
        "verifying  {:9.2} s median, {:.2} s longest",
        checked.0, checked.1
    );
    println!(
        "{}",
        json!({
            "photos": count, "bytes": bytes, "making_s": {"p50": made.0, "most": made.1},
            "verifying_s": {"p50": checked.0, "most": checked.1},
        })
    );
    Ok(())
}

/// So many files out of those of the demonstration.
fn copy(folder: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut sources: Vec<_> = fs::read_dir(photos())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    sources.sort();
    for (at, source) in sources.iter().cycle().take(count).enumerate() {
        let name = source.file_name().ok_or("a photo without a name")?;
        fs::copy(source, folder.join(format!("{at:06}-{}", name.display())))?;
    }
    Ok(())
}

/// The name of the first bought photo.
fn first(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    names.sort();
    Ok(names
        .into_iter()
        .find(|name| name.starts_with('0'))
        .ok_or("nothing was bought")?)
}

/// Median and maximum.
fn spread(seconds: &mut [f64]) -> (f64, f64) {
    seconds.sort_by(f64::total_cmp);
    (seconds[seconds.len() / 2], seconds[seconds.len() - 1])
}
