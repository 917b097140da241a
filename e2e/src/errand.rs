use crate::{Run, wait_until};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long a command may take before a story gives up on it.
const PATIENCE: Duration = Duration::from_secs(240);

/// A command that is under way, and can be listened to and interrupted.
pub struct Errand {
    child: Child,
    lines: Receiver<String>,
    printed: Option<JoinHandle<Vec<u8>>>,
    said: String,
}

impl Errand {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command line starts");
        let (heard, lines) = channel();
        let stderr = child.stderr.take().expect("it was piped");
        thread::spawn(move || {
            // Ends with the pipe, or when nobody listens any more.
            let _ = BufReader::new(stderr)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| heard.send(line));
        });
        let mut stdout = child.stdout.take().expect("it was piped");
        let printed = thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes).unwrap_or_default()
        });
        Self {
            child,
            lines,
            printed: Some(printed),
            said: String::new(),
        }
    }

    /// Waits for a line on standard error that begins with `start`.
    ///
    /// # Panics
    /// When the command ends or takes minutes without saying it, with what it said instead.
    pub fn wait_for_words(&mut self, start: &str) {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("it never said {start:?} but:\n{}", self.said);
            };
            self.said += &line;
            self.said.push('\n');
            if line.starts_with(start) {
                return;
            }
        }
    }

    /// Whether it goes on.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it at once, as a power switch would.
    pub fn kill(self) {
        drop(self);
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Run {
        let status = wait_until("the command's end", PATIENCE, || {
            self.child.try_wait().expect("our child can be waited for")
        });
        while let Ok(line) = self.lines.recv() {
            self.said += &line;
            self.said.push('\n');
        }
        let printed = self.printed.take().map(JoinHandle::join);
        let text = printed.and_then(Result::ok).expect("what it printed can be read");
        Run {
            status: status.code().unwrap_or(-1),
            json: serde_json::from_slice(&text).unwrap_or(Value::Null),
            said: std::mem::take(&mut self.said),
        }
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
