use crate::programs::{free_port, last_words, program, signal, wait_until};
use serde_json::{Value, json};
use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long a program may take to start. Long, because a machine that compiles something else meanwhile is slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// A running `vouchsafe-node`.
pub struct Node {
    folder: PathBuf,
    /// Of its files in the folder.
    name: String,
    /// Which chain, and who in it.
    part: Vec<String>,
    rpc_port: u16,
    p2p_port: u16,
    child: Option<Child>,
}

impl Node {
    /// Starts a new chain of the preset `dev` in `folder`, which has one authority and a block every second, and waits
    /// for its first finalised block.
    pub fn start(folder: &Path) -> Self {
        let mut node = Self::prepare(folder, "node", vec!["--dev".to_owned()]);
        node.resume();
        node
    }

    /// One of the three authorities of `chain`, not started. `number` decides its network key; `peer` is the
    /// address of one that runs already.
    pub(crate) fn authority(folder: &Path, chain: &str, name: &str, number: u8, peer: Option<&str>) -> Self {
        let (who, key) = (format!("--{name}"), format!("{number:064x}"));
        let mut part = ["--chain", chain, &who, "--node-key", &key]
            .map(str::to_owned)
            .to_vec();
        part.extend(
            peer.into_iter()
                .flat_map(|peer| ["--bootnodes".to_owned(), peer.to_owned()]),
        );
        Self::prepare(folder, name, part)
    }

    fn prepare(folder: &Path, name: &str, part: Vec<String>) -> Self {
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            part,
            rpc_port: free_port(),
            p2p_port: free_port(),
            child: None,
        }
    }

    /// Starts the program again on the same chain and the same port, and waits for a finalised block.
    pub fn resume(&mut self) {
        self.launch();
        self.wait_finalised();
    }

    /// Starts the program again on the same chain and the same port, and waits until it answers: for one of several
    /// authorities, which finalise nothing one by one.
    pub fn resume_alone(&mut self) {
        self.launch();
        self.wait_for_address();
    }

    /// Starts the program and waits for nothing.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "the node is running");
        let log = open_log(&self.folder.join(format!("{}.log", self.name)));
        let child = Command::new(program("vouchsafe-node"))
            .args(&self.part)
            .args(["--no-prometheus", "--no-mdns"])
            .arg("--base-path")
            .arg(self.folder.join(format!("{}-chain", self.name)))
            .args(["--rpc-port", &self.rpc_port.to_string()])
            .args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", self.p2p_port)])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be opened twice"))
            .stderr(log)
            .spawn()
            .expect("the node starts");
        self.child = Some(child);
    }

    /// Waits until it knows a finalised block after the first.
    pub(crate) fn wait_finalised(&self) {
        wait_until("a finalised block", PATIENCE, || {
            self.finalised().filter(|&height| height > 0)
        });
    }

    /// Waits until it answers, and returns where other nodes reach it.
    pub(crate) fn wait_for_address(&self) -> String {
        let peer = wait_until("the node", PATIENCE, || {
            self.rpc("system_localPeerId", json!([]))?
                .as_str()
                .map(str::to_owned)
        });
        format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", self.p2p_port)
    }

    /// Deletes the chain of a node that was killed: blocks, state and keys.
    pub fn delete_chain(&self) {
        assert!(self.child.is_none(), "the node is running");
        fs::remove_dir_all(self.folder.join(format!("{}-chain", self.name)))
            .expect("the chain's folder can be removed");
    }

    /// Kills the program at once, as a power switch would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child can be killed");
            child.wait().expect("our child can be waited for");
        }
    }

    /// Stops the program in its tracks; its connections stay open.
    pub fn pause(&self) {
        signal(self.pid().expect("the node is running"), "STOP");
    }

    /// Lets a paused program go on.
    pub fn go_on(&self) {
        signal(self.pid().expect("the node is running"), "CONT");
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.rpc_port)
    }

    /// The process, for measuring.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Height of the latest finalised block; `None` while the node does not answer.
    pub fn finalised(&self) -> Option<u32> {
        let hash = self.rpc("chain_getFinalizedHead", json!([]))?;
        self.height(json!([hash]))
    }

    /// Height of the best block, final or not; `None` while the node does not answer.
    pub fn best(&self) -> Option<u32> {
        self.height(json!([]))
    }

    /// Waits until the best block is `blocks` higher.
    pub fn wait_blocks(&self, blocks: u32) {
        let target = self.best().expect("the node answers") + blocks;
        let patience = Duration::from_secs(60 + 6 * u64::from(blocks));
        wait_until("blocks", patience, || self.best().filter(|&now| now >= target));
    }

    fn height(&self, block: Value) -> Option<u32> {
        let header = self.rpc("chain_getHeader", block)?;
        u32::from_str_radix(header["number"].as_str()?.trim_start_matches("0x"), 16).ok()
    }

    fn rpc(&self, method: &str, params: Value) -> Option<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut response = ureq::post(format!("http://127.0.0.1:{}", self.rpc_port))
            .header("content-type", "application/json")
            .send(request.to_string())
            .ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        serde_json::from_str::<Value>(&text).ok()?.get("result").cloned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.join(format!("{}.log", self.name))).unwrap_or_default();
            last_words(&self.name, &log);
        }
    }
}

pub(crate) fn open_log(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the story's folder can be written to")
}
