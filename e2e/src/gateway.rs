use crate::{
    node::{PATIENCE, open_log},
    programs::{free_port, last_words, program, signal, wait_until},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// A running `gateway serve` with its own seed and state.
pub struct Gateway {
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Gateway {
    /// Prepares a gateway in `folder` that will follow the node at `node`; nothing runs yet.
    ///
    /// Windows are the shortest that the chain allows, so that stories need few blocks; photos are taken one by one, so that
    /// many gateways fit into a small machine.
    pub fn prepare(folder: &Path, node: &str) -> Self {
        Self::prepare_with(folder, node, "")
    }

    /// As [`Gateway::prepare`], with more settings (TOML, whole tables) at the end.
    pub fn prepare_with(folder: &Path, node: &str, more: &str) -> Self {
        let port = free_port();
        fs::create_dir_all(folder).expect("the story's folder can be written to");
        let settings = format!(
            "state_dir = {:?}\n[http]\nlisten = \"127.0.0.1:{port}\"\nendpoint = \"http://127.0.0.1:{port}\"\n\
             [chain]\nnode = {node:?}\n[worker]\nthreads = 1\nretry_initial_ms = 200\nretry_max_ms = 1000\n{more}",
            folder.join("state"),
        );
        fs::write(folder.join("gateway.toml"), settings).expect("the story's folder can be written to");
        Self {
            folder: folder.to_owned(),
            port,
            child: None,
        }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(program("gateway"));
        // Models and the inference library are looked for from the repository's root.
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        command
            .arg(verb)
            .arg("--config")
            .arg(self.folder.join("gateway.toml"));
        command
    }

    /// The gateway's account in text, creating its seed when there is none.
    pub fn account(&self) -> String {
        let output = self
            .command("key")
            .arg("--json")
            .output()
            .expect("the gateway starts");
        assert!(
            output.status.success(),
            "gateway key: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let shown: Value = serde_json::from_slice(&output.stdout).expect("gateway key --json prints JSON");
        shown["ss58"]
            .as_str()
            .expect("gateway key shows an account")
            .to_owned()
    }

    /// Runs `gateway review` with this gateway's settings and seed, to its end.
    pub fn review<A: AsRef<std::ffi::OsStr>>(&self, arguments: &[A]) -> Output {
        self.offline("review", arguments)
    }

    /// Runs a command that needs no chain with this gateway's settings, to its end.
    pub fn offline<A: AsRef<std::ffi::OsStr>>(&self, verb: &str, arguments: &[A]) -> Output {
        let mut command = self.command(verb);
        command.args(arguments).stdin(Stdio::null());
        command.output().expect("the gateway starts")
    }

    /// Starts it and waits until it answers.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "the gateway is running");
        let log = open_log(&self.folder.join("gateway.log"));
        let child = self
            .command("serve")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be opened twice"))
            .stderr(log)
            .spawn()
            .expect("the gateway starts");
        self.child = Some(child);
        wait_until("the gateway", PATIENCE, || self.get("/health"));
    }

    /// Waits until it is registered on chain and ready to sell.
    pub fn wait_ready(&self) {
        wait_until("the gateway's registration", PATIENCE, || {
            self.get("/health").filter(|health| health["status"] == "ready")
        });
    }

    /// Kills the program at once, as a power switch would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child can be killed");
            child.wait().expect("our child can be waited for");
        }
    }

    /// Stops the program in its tracks; its connections stay open. [`Gateway::kill`] ends it all the same.
    pub fn pause(&self) {
        signal(self.pid().expect("the gateway is running"), "STOP");
    }

    /// Lets a paused program go on.
    pub fn go_on(&self) {
        signal(self.pid().expect("the gateway is running"), "CONT");
    }

    /// A job as `GET /v1/jobs/{id}` shows it.
    pub fn job(&self, id: &str) -> Option<Value> {
        self.get(&format!("/v1/jobs/{id}"))
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process, for measuring.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Everything that it stores.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// The file with the operator's token.
    pub fn token_file(&self) -> PathBuf {
        self.state().join("operator.token")
    }

    /// The operator's token.
    pub fn token(&self) -> String {
        fs::read_to_string(self.token_file())
            .expect("a started gateway has a token")
            .trim()
            .to_owned()
    }

    /// The JSON at `route`, asked as the operator; `None` without a good answer.
    pub fn get(&self, route: &str) -> Option<Value> {
        let token = fs::read_to_string(self.token_file()).unwrap_or_default();
        let mut response = ureq::get(format!("{}{route}", self.url()))
            .header("authorization", format!("Bearer {}", token.trim()))
            .call()
            .ok()?;
        serde_json::from_str(&response.body_mut().read_to_string().ok()?).ok()
    }

    /// How it answers at `route`.
    pub fn status_of(&self, route: &str) -> u16 {
        match ureq::get(format!("{}{route}", self.url())).call() {
            Ok(response) => response.status().as_u16(),
            Err(ureq::Error::StatusCode(status)) => status,
            Err(error) => panic!("the gateway does not answer: {error}"),
        }
    }

    /// Every file that it stores, for looking into.
    pub fn stored_files(&self) -> Vec<PathBuf> {
        let (mut folders, mut files) = (vec![self.state()], vec![]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the state can be listed").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    files.push(path)
                }
            }
        }
        files
    }

    /// Flips one bit in the middle of the stored file that is called `name`, as a failing disk or an intruder could.
    pub fn flip_a_bit_of(&self, name: &str) {
        let path = self
            .stored_files()
            .into_iter()
            .find(|path| path.file_name().is_some_and(|found| found == name))
            .unwrap_or_else(|| panic!("no stored file is called {name}"));
        let mut bytes = fs::read(&path).expect("a stored file can be read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("a stored file can be written");
    }

    /// What it has logged, for a story's last words.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("gateway.log")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            last_words("the gateway", &self.log());
        }
    }
}
