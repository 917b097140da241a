use crate::programs::{free_port, program, wait_until};
use serde_json::{Value, json};
use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running `vouchsafe-node --dev`: one authority, a block every second.
pub struct Node {
    folder: PathBuf,
    rpc_port: u16,
    p2p_port: u16,
    child: Option<Child>,
}

impl Node {
    /// Starts a new chain in `folder` and waits for its first finalised block.
    pub fn start(folder: &Path) -> Self {
        let mut node = Self {
            folder: folder.to_owned(),
            rpc_port: free_port(),
            p2p_port: free_port(),
            child: None,
        };
        node.resume();
        node
    }

    /// Starts the program again on the same chain and the same port, and waits for a finalised block.
    pub fn resume(&mut self) {
        assert!(self.child.is_none(), "the node is running");
        let log = open_log(&self.folder.join("node.log"));
        let child = Command::new(program("vouchsafe-node"))
            .args(["--dev", "--no-prometheus", "--no-mdns"])
            .arg("--base-path")
            .arg(self.folder.join("chain"))
            .args([
                "--rpc-port",
                &self.rpc_port.to_string(),
                "--port",
                &self.p2p_port.to_string(),
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be opened twice"))
            .stderr(log)
            .spawn()
            .expect("the node starts");
        self.child = Some(child);
        let before = self.finalised().unwrap_or(0);
        wait_until("a finalised block", Duration::from_secs(90), || {
            self.finalised().filter(|&now| now > before)
        });
    }

    /// Kills the program at once, as a power switch would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child can be killed");
            child.wait().expect("our child can be waited for");
        }
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
        let header = self.rpc("chain_getHeader", json!([hash]))?;
        u32::from_str_radix(header["number"].as_str()?.trim_start_matches("0x"), 16).ok()
    }

    /// Waits until `blocks` more blocks are final.
    pub fn wait_blocks(&self, blocks: u32) {
        let target = self.finalised().expect("the node answers") + blocks;
        let patience = Duration::from_secs(60 + 3 * u64::from(blocks));
        wait_until("blocks", patience, || {
            self.finalised().filter(|&now| now >= target)
        });
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
    }
}

pub(crate) fn open_log(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the story's folder can be written to")
}
