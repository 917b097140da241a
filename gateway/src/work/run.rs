use core::time::Duration;
use std::{sync::Arc, thread::JoinHandle};

use tokio::{runtime::Handle, sync::watch};

use super::{
    archive::Archive,
    desk::{Desk, UnderWay},
    service::Service,
    worker::{Tick, Worker},
};
use crate::ports::Anonymiser;

/// How long an idle worker sleeps when nothing rings: only waits that end by the clock need this.
const IDLE: Duration = Duration::from_millis(250);

/// How long the archive sleeps when nothing is missing, or what is missing is not final yet.
const ARCHIVE_IDLE: Duration = Duration::from_millis(500);

/// One thread per lane (see `queue.rs`), the desk's task and the archive's. All stop when this is stopped or dropped; what they were
/// doing is taken up again at the next start.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
    desk: tokio::task::JoinHandle<()>,
    archive: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Starts all. `handle`: the runtime that drives the chain's connection.
    pub fn start(
        service: Arc<Service>,
        anonymisers: Vec<Box<dyn Anonymiser>>,
        handle: &Handle,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let lanes = [
            ("local", Worker::local(service.clone(), anonymisers)),
            ("chain", Worker::chain(service.clone())),
        ];
        // Threads of their own: anonymising takes a core for seconds, and both write to stores that block.
        let workers = lanes
            .into_iter()
            .map(|(name, worker)| {
                let (runtime, service, stopped) = (handle.clone(), service.clone(), stopped.clone());
                std::thread::Builder::new()
                    .name(name.into())
                    .spawn(move || runtime.block_on(work(service, worker, stopped)))
            })
            .collect::<std::io::Result<_>>()?;
        let archive = handle.spawn(file(service.clone(), stopped.clone()));
        let desk = handle.spawn(attend(service, stopped));
        Ok(Self {
            stop,
            workers,
            desk,
            archive,
        })
    }

    /// Whether all still run; false means that one of them panicked.
    pub fn is_alive(&self) -> bool {
        !self.workers.is_empty()
            && !self.workers.iter().any(JoinHandle::is_finished)
            && !self.desk.is_finished()
            && !self.archive.is_finished()
    }

    /// Asks all to stop and waits until they have. A photo that is being anonymised is finished first; a wait for the
    /// chain is cut short.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let workers = std::mem::take(&mut self.workers);
        let joined = move || workers.into_iter().for_each(|worker| drop(worker.join()));
        drop(tokio::task::spawn_blocking(joined).await);
        self.archive.abort();
        self.desk.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.archive.abort();
        self.desk.abort();
    }
}

/// Saves proofs as they become possible. That the chain is away is told by the desk.
async fn file(service: Arc<Service>, mut stopped: watch::Receiver<bool>) {
    let archive = Archive::new(service.clone());
    let mut failures = 0_u32;
    loop {
        let filed = tokio::select! {
            filed = archive.pass() => filed,
            _ = stopped.changed() => return,
        };
        let pause = match filed {
            Ok(filed) => {
                failures = 0;
                if filed.saved > 0 {
                    tracing::debug!(saved = filed.saved, "saved proofs");
                }
                ARCHIVE_IDLE
            }
            Err(error) => {
                tracing::debug!(%error, "no proofs can be saved now");
                let wait = Duration::from_millis(service.settings().retry.wait_ms(failures));
                failures = failures.saturating_add(1);
                wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => return,
        }
    }
}

async fn work(service: Arc<Service>, mut worker: Worker, mut stopped: watch::Receiver<bool>) {
    let mut bell = service.bell();
    let mut failures = 0_u32;
    while !*stopped.borrow_and_update() {
        bell.borrow_and_update();
        // Cut short where it waits for the chain: the step is taken again at the next start.
        let ticked = tokio::select! {
            ticked = worker.tick() => ticked,
            _ = stopped.changed() => return,
        };
        let pause = match ticked {
            Ok(Tick::Idle) => {
                failures = 0;
                IDLE
            }
            Ok(_) => {
                failures = 0;
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "a step could not be stored; it is taken again");
                let wait = service.settings().retry.wait_ms(failures);
                failures = failures.saturating_add(1);
                // Not cut short by the bell: a store that fails is not helped by new work.
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(wait)) => {}
                    _ = stopped.changed() => {}
                }
                continue;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = bell.changed() => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Looks at every finalised block. Calls run beside: one order's wait for finality holds up no other.
async fn attend(service: Arc<Service>, mut stopped: watch::Receiver<bool>) {
    let desk = Desk::new(service.clone());
    let under_way = Arc::new(UnderWay::default());
    let (mut height, mut failures) = (None, 0_u32);
    loop {
        let looked = tokio::select! {
            looked = look(&service, &desk, height) => looked,
            _ = stopped.changed() => return,
        };
        match looked {
            Ok((head, tasks)) => {
                (height, failures) = (Some(head.height), 0);
                for task in tasks.into_iter().filter(|task| under_way.begin(task.subject())) {
                    let (desk, under_way) = (desk.clone(), under_way.clone());
                    tokio::spawn(async move {
                        if let Err(error) = desk.perform(task).await {
                            tracing::warn!(subject = %task.subject(), %error, "an order or a bond could not be served; it is looked at again");
                        }
                        under_way.end(task.subject());
                    });
                }
            }
            Err(error) => {
                let now = service.ports().clock.now();
                if service.status().lost_chain(error.plain(), now) {
                    tracing::warn!(%error, "the chain cannot be followed; waiting for it");
                } else {
                    tracing::debug!(%error, "the chain can still not be followed");
                }
                let wait = Duration::from_millis(service.settings().retry.wait_ms(failures));
                failures = failures.saturating_add(1);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stopped.changed() => return,
                }
            }
        }
    }
}

async fn look(
    service: &Service,
    desk: &Desk,
    last: Option<u32>,
) -> Result<(crate::ports::chain::Head, Vec<super::desk::Task>), super::desk::DeskError> {
    match last {
        Some(height) => {
            service.ports().chain.finalised_above(height).await?;
        }
        None => {
            desk.reconcile().await?;
        }
    }
    desk.look().await
}
