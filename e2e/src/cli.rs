use crate::{Errand, programs::program};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Somebody with the command-line program and a home of their own.
pub struct Cli {
    home: PathBuf,
    node: String,
}

/// How a command ended.
#[derive(Debug)]
pub struct Run {
    /// Exit status; -1 when it was killed.
    pub status: i32,
    /// What it printed for programs; `Null` when that was not JSON.
    pub json: Value,
    /// What it said to people.
    pub said: String,
}

impl Run {
    /// The JSON of a command that ought to succeed.
    ///
    /// # Panics
    /// When it did not, with what it said.
    pub fn expect_success(self) -> Value {
        assert_eq!(self.status, 0, "{} {}", self.said, self.json);
        self.json
    }

    /// What a command said that ought to fail.
    ///
    /// # Panics
    /// When it succeeded.
    pub fn expect_failure(self) -> String {
        assert_ne!(self.status, 0, "this ought to fail: {}", self.json);
        format!("{} {}", self.said, self.json)
    }

    fn of(output: Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Self {
            status: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Cli {
    /// A new user with an empty home in `home`, whose commands go to the node at `node`.
    pub fn new(home: &Path, node: &str) -> Self {
        fs::create_dir_all(home).expect("the story's folder can be written to");
        Self {
            home: home.to_owned(),
            node: node.to_owned(),
        }
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(program("vouchsafe"));
        command
            .arg("--json")
            .arg("--home")
            .arg(&self.home)
            .arg("--node")
            .arg(&self.node);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command of nobody's: in an empty folder, without home, node, variables or, where the system lets users make
    /// namespaces, any network interface.
    pub fn offline<A: AsRef<OsStr>>(arguments: &[A]) -> Run {
        let empty = tempfile::tempdir().expect("there is a folder for temporary files");
        let alone = Command::new("unshare").args(["-rn", "true"]).output();
        let mut command = match alone {
            Ok(output) if output.status.success() => {
                let mut command = Command::new("unshare");
                // `lo` is there and down; nothing else is.
                let script =
                    "[ \"$(tail -n +3 /proc/net/dev | grep -vc ' lo:')\" = 0 ] || exit 99; exec \"$@\"";
                command
                    .args(["-rn", "sh", "-c", script, "sh"])
                    .arg(program("vouchsafe"));
                command
            }
            _ => {
                eprintln!("this system makes no namespaces for users: verifying with the network on");
                Command::new(program("vouchsafe"))
            }
        };
        command.arg("--json").args(arguments).current_dir(empty.path());
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        Run::of(command.output().expect("the command line starts"))
    }

    /// Runs a command to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        Run::of(self.command(arguments).output().expect("the command line starts"))
    }

    /// Starts a command and leaves it running.
    pub fn start<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Errand {
        Errand::start(self.command(arguments))
    }

    /// Makes the user's key and returns its account.
    pub fn new_key(&self) -> String {
        let shown = self.run(&["key", "new"]).expect_success();
        shown["ss58"]
            .as_str()
            .expect("key new shows an account")
            .to_owned()
    }

    /// Sends `amount` (smallest unit) from the development account of Alice.
    pub fn give(&self, to: &str, amount: u128) {
        let amount = amount.to_string();
        self.run(&["--key", "dev:alice", "transfer", "--to", to, "--amount", &amount])
            .expect_success();
    }

    /// Balance of the user's key: free and held, in the smallest unit.
    pub fn balance(&self) -> (u128, u128) {
        self.balance_of(self.run(&["balance"]))
    }

    /// Balance of any account.
    pub fn balance_at(&self, account: &str) -> (u128, u128) {
        self.balance_of(self.run(&["balance", account]))
    }

    fn balance_of(&self, run: Run) -> (u128, u128) {
        let shown = run.expect_success();
        let read = |field: &str| {
            let text = shown[field]
                .as_str()
                .unwrap_or_else(|| panic!("balance shows {field}: {shown}"));
            text.parse()
                .expect("amounts are decimal strings of the smallest unit")
        };
        (read("free"), read("held"))
    }
}
