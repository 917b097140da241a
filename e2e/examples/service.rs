//! The whole service over a folder of photos: `service FOLDER`.
//!
//! Sells the photos in FOLDER three times through a real gateway (one worker thread) on a development chain. Prints how
//! many photos it takes from the upload to the offer in a second and in a second of its CPU time, what each step has
//! of that, and the most memory. The gateway tells how long its stages take; what "anonymising" consists of comes
//! from the anonymiser's `measure`, the same pipeline over the same photos.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use vouchsafe_e2e::{VCH, World, cpu_seconds, most_resident, wait_until};

const SALES: u32 = 3;
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// A folder of thousands of photos takes its time.
const PATIENCE: Duration = Duration::from_secs(3_600);

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("which folder?")?);
    let world = World::new();
    let photos = world.path("photos");
    let count = copy_photos(&folder, &photos)?;
    let pid = world.gateway.pid().ok_or("the gateway is not running")?;

    let mut stages = BTreeMap::<String, f64>::new();
    let (mut uploading, mut waited) = (0.0, 0.0);
    let before = cpu_seconds(pid)?;
    for _ in 0..SALES {
        let begun = Instant::now();
        let mut arguments = world.sell_arguments(&photos, 2 * VCH);
        arguments.push("--no-wait".to_owned());
        let sold = world.seller_cli.run(&arguments).expect_success();
        uploading += begun.elapsed().as_secs_f64();
        let job = sold["job"].as_str().ok_or("sell names no job")?;
        let done = finished(&world, job)?;
        waited += begun.elapsed().as_secs_f64();
        for (stage, ms) in done["stage_ms"].as_object().ok_or("a job without times")? {
            *stages.entry(stage.clone()).or_default() += ms.as_f64().unwrap_or_default() / 1000.0;
        }
    }
    let used = cpu_seconds(pid)? - before;
    let sold = f64::from(SALES * count);

    println!("{count} photos, sold {SALES} times, one worker thread");
    println!(
        "service    {:9.1} ms CPU a photo {:7.2} photos a CPU-second {:7.2} photos a second, upload to offer",
        1000.0 * used / sold,
        sold / used,
        sold / waited
    );
    let staged = stages.remove("staged").unwrap_or_default();
    let anonymising = stages.remove("anonymising").unwrap_or_default();
    let mut rows = vec![("upload, staging".to_owned(), uploading + staged)];
    let mut inside = 0.0;
    for (step, ms) in steps(&photos)? {
        inside += ms / 1000.0 * sold;
        rows.push((step, ms / 1000.0 * sold));
    }
    rows.push(("storing, journal".to_owned(), (anonymising - inside).max(0.0)));
    for stage in ["sealing", "registering", "offering"] {
        rows.push((stage.to_owned(), stages.get(stage).copied().unwrap_or_default()));
    }
    let all: f64 = rows.iter().map(|(_, seconds)| seconds).sum();
    for (name, seconds) in rows {
        println!(
            "  {name:<16} {:8.2} ms a photo  {:5.1} %",
            1000.0 * seconds / sold,
            100.0 * seconds / all
        );
    }
    println!(
        "most memory of the gateway: {} MB",
        most_resident(pid)? / 1_000_000
    );
    Ok(())
}

/// Copies what the service takes, so that labels beside the photos are not sold.
fn copy_photos(from: &Path, to: &Path) -> Result<u32, Failure> {
    fs::create_dir_all(to)?;
    let mut count = 0;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if let Some(name) = path.file_name()
            && ENDINGS.iter().any(|known| ending == *known)
        {
            fs::copy(&path, to.join(name))?;
            count += 1;
        }
    }
    if count == 0 {
        return Err(format!("no photo in {}", from.display()).into());
    }
    Ok(count)
}

/// Waits for the end of a job, which must be a good one.
fn finished(world: &World, job: &str) -> Result<Value, Failure> {
    let route = format!("/v1/jobs/{job}");
    let ended = wait_until("the offer", PATIENCE, || {
        let seen = world.gateway.get(&route)?;
        let state = seen["state"].as_str()?;
        ["done", "failed", "cancelled"].contains(&state).then_some(seen)
    });
    if ended["state"] != "done" {
        return Err(format!("the photos were not offered: {ended}").into());
    }
    Ok(ended)
}

/// Milliseconds a photo of each of the anonymiser's steps, in their order.
fn steps(photos: &Path) -> Result<Vec<(String, f64)>, Failure> {
    let measure = env::current_exe()?.with_file_name("measure");
    // The models are looked for from the repository's root.
    let output = Command::new(measure)
        .arg(photos)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().filter(|line| line.starts_with("  "));
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.replace("SecondLook", "second look").to_lowercase();
        Some((name, words.next()?.parse().ok()?))
    };
    let steps: Option<Vec<_>> = rows.map(read).collect();
    Ok(steps
        .filter(|steps| !steps.is_empty())
        .ok_or("measure tells no steps")?)
}
