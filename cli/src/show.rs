//! What people and programs see: progress on stderr, results on stdout.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

/// Where a command's words go. With `--json` stdout holds one JSON document and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// Machine output.
    pub json: bool,
}

impl Show {
    /// A line for people about what is going on; on stderr, so that stdout stays the result's.
    pub fn note(&self, line: impl AsRef<str>) {
        eprintln!("{}", line.as_ref());
    }

    /// The result: `json` for programs, else `lines` for people.
    ///
    /// # Errors
    /// When stdout is closed or full.
    pub fn result(&self, json: &serde_json::Value, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{json:#}")?;
        } else {
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
        out.flush()
    }

    /// The result of a command that prints a document: these bytes and nothing else.
    ///
    /// # Errors
    /// When stdout is closed or full.
    pub fn text(bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Asks a question that only a plain yes affirms; `None` where nobody sits at a terminal to answer.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn ask(&self, question: &str) -> io::Result<Option<bool>> {
        let terminal = !self.json && io::stdin().is_terminal() && io::stderr().is_terminal();
        ask_at(terminal, question, &mut io::stdin().lock(), &mut io::stderr())
    }

    /// A bar over `bytes` bytes; invisible where stderr is no terminal.
    pub fn bytes(&self, what: &'static str, bytes: u64) -> ProgressBar {
        let template = "{msg:>12} [{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}";
        bar(ProgressBar::new(bytes), template, what)
    }

    /// A bar over `count` things.
    pub fn count(&self, what: &'static str, count: u64) -> ProgressBar {
        bar(ProgressBar::new(count), "{msg:>12} [{bar:30}] {pos}/{len}", what)
    }

    /// A sign of life while something is waited for.
    pub fn waiting(&self, what: &'static str) -> ProgressBar {
        let spinner = bar(ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}", what);
        spinner.enable_steady_tick(Duration::from_millis(120));
        spinner
    }
}

fn bar(bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    bar.set_draw_target(target);
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    bar
}

/// Asks on `screen` and takes the next line of `keyboard` for the answer; where these are no `terminal` nothing is written
/// and nothing is read.
///
/// # Errors
/// When either fails.
pub fn ask_at(
    terminal: bool,
    question: &str,
    keyboard: &mut impl BufRead,
    screen: &mut impl Write,
) -> io::Result<Option<bool>> {
    if !terminal {
        return Ok(None);
    }
    write!(screen, "{question} [y/N] ")?;
    screen.flush()?;
    let mut answer = String::new();
    keyboard.read_line(&mut answer)?;
    Ok(Some(is_yes(&answer)))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Bytes for people, in powers of 1,024.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scaled = bytes as f64;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{scaled:.1} {}", UNITS[unit])
    }
}

/// Text from a gateway, made safe for a terminal: one line, no control characters.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_exact_below_a_kibibyte() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
    }

    #[test]
    fn only_a_yes_is_one() {
        assert!(["y\n", "Yes\n", " y "].into_iter().all(is_yes));
        assert!(!["", "\n", "no\n", "yesterday\n"].into_iter().any(is_yes));
    }

    #[test]
    fn a_title_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
