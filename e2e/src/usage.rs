use std::{fs, io};

/// User and system time of all threads of a process so far, seconds. The kernel counts in hundredths.
///
/// # Errors
/// When there is no such process.
pub fn cpu_seconds(pid: u32) -> io::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces; of the fields behind it the 12th and 13th are wanted.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(str::parse::<f64>).collect::<Result<Vec<_>, _>>();
    Ok(ticks.map_err(io::Error::other)?.iter().sum::<f64>() / 100.0)
}

/// Bytes of a process that were resident at most so far.
///
/// # Errors
/// When there is no such process.
pub fn most_resident(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap_or_default().trim().trim_end_matches(" kB");
    Ok(kib.parse::<u64>().map_err(io::Error::other)? * 1024)
}
