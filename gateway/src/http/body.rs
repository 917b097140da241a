use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How much a request's body may hold and how slowly it may come. actix itself has neither a deadline nor a least
/// rate for bodies: a client that sends one byte and waits would keep its connection for ever.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub max_bytes: u64,
    /// Least bytes in each `window` of waiting; 0: any rate.
    pub min_window_bytes: u64,
    pub window: Duration,
    /// For the whole body, the gateway's own time included.
    pub deadline: Duration,
}

/// Which limit a body broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    TooLarge,
    TooSlow,
    /// The connection ended before the body did.
    CutOff,
}

/// Where the first fault of a body can be read after the stream was handed to a parser that hides it.
#[derive(Clone, Debug, Default)]
pub struct FaultCell(Rc<Cell<Option<BodyFault>>>);

impl FaultCell {
    pub fn get(&self) -> Option<BodyFault> {
        self.0.get()
    }
}

/// A body that ends with an error at the first broken limit and reads nothing after that.
pub struct LimitedBody<S> {
    inner: S,
    limits: BodyLimits,
    fault: FaultCell,
    received: u64,
    ends: Instant,
    window_bytes: u64,
    /// Time spent waiting for the client in this window. The gateway's own time does not count.
    waited: Duration,
    waiting_since: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> LimitedBody<S> {
    pub fn new(inner: S, limits: BodyLimits) -> Self {
        let ends = Instant::now() + limits.deadline;
        Self {
            inner,
            limits,
            fault: FaultCell::default(),
            received: 0,
            ends,
            window_bytes: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            alarm: Box::pin(sleep_until(ends)),
        }
    }

    pub fn fault(&self) -> FaultCell {
        self.fault.clone()
    }

    fn fail(&mut self, fault: BodyFault) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.fault.0.set(Some(fault));
        Poll::Ready(Some(Err(match fault {
            BodyFault::TooLarge => PayloadError::Overflow,
            BodyFault::TooSlow | BodyFault::CutOff => PayloadError::Incomplete(None),
        })))
    }

    /// Closes the window when it is over; false when too little came in it.
    fn keeps_pace(&mut self) -> bool {
        if self.waited < self.limits.window {
            return true;
        }
        let enough = self.window_bytes >= self.limits.min_window_bytes;
        self.waited = Duration::ZERO;
        self.window_bytes = 0;
        enough
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for LimitedBody<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.fault.get().is_some() {
            return Poll::Ready(None);
        }
        let now = Instant::now();
        if now >= this.ends {
            return this.fail(BodyFault::TooSlow);
        }
        let polled = Pin::new(&mut this.inner).poll_next(cx);
        if let Some(since) = this.waiting_since.take() {
            this.waited += now - since;
        }
        match polled {
            Poll::Ready(Some(Ok(bytes))) => {
                this.received += bytes.len() as u64;
                this.window_bytes += bytes.len() as u64;
                if this.received > this.limits.max_bytes {
                    return this.fail(BodyFault::TooLarge);
                }
                if !this.keeps_pace() {
                    return this.fail(BodyFault::TooSlow);
                }
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(Some(Err(_))) => this.fail(BodyFault::CutOff),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                if !this.keeps_pace() {
                    return this.fail(BodyFault::TooSlow);
                }
                this.waiting_since = Some(now);
                let wake = (now + (this.limits.window - this.waited)).min(this.ends);
                this.alarm.as_mut().reset(wake);
                if this.alarm.as_mut().poll(cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    const LIMITS: BodyLimits = BodyLimits {
        max_bytes: 100,
        min_window_bytes: 10,
        window: Duration::from_secs(20),
        deadline: Duration::from_secs(300),
    };

    /// Chunks of the given sizes, each after a pause; counts what was asked of it.
    fn source(
        chunks: Vec<(u64, usize)>,
        asked: Rc<Cell<usize>>,
    ) -> Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> {
        Box::pin(stream::iter(chunks).then(move |(pause, len)| {
            let asked = asked.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(pause)).await;
                asked.set(asked.get() + 1);
                Ok(Bytes::from(vec![0; len]))
            }
        }))
    }

    async fn drain(chunks: Vec<(u64, usize)>, limits: BodyLimits) -> (usize, usize, Option<BodyFault>) {
        let asked = Rc::new(Cell::new(0));
        let mut body = LimitedBody::new(source(chunks, asked.clone()), limits);
        let fault = body.fault();
        let mut taken = 0;
        while let Some(next) = body.next().await {
            taken += next.map_or(0, |bytes| bytes.len());
        }
        (taken, asked.get(), fault.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_at_the_cap_passes_and_one_byte_more_stops_the_reading() {
        assert_eq!(drain(vec![(0, 60), (0, 40)], LIMITS).await, (100, 2, None));
        let (taken, asked, fault) = drain(vec![(0, 60), (0, 41), (0, 1), (0, 1)], LIMITS).await;
        assert_eq!((taken, fault), (60, Some(BodyFault::TooLarge)));
        assert_eq!(asked, 2, "nothing is read after the chunk that breaks the cap");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_for_a_window_ends_the_body() {
        let (taken, _, fault) = drain(vec![(0, 10), (41, 10)], LIMITS).await;
        assert_eq!((taken, fault), (10, Some(BodyFault::TooSlow)));
    }

    #[tokio::test(start_paused = true)]
    async fn dripping_below_the_rate_ends_the_body_and_the_exact_rate_does_not() {
        let (_, _, fault) = drain(vec![(5, 2); 20], LIMITS).await;
        assert_eq!(fault, Some(BodyFault::TooSlow), "8 bytes in 20 s, 10 are wanted");
        let (taken, _, fault) = drain(vec![(5, 3); 20], LIMITS).await;
        assert_eq!((taken, fault), (60, None), "12 bytes in 20 s");
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_for_a_body_that_keeps_its_rate() {
        let limits = BodyLimits {
            max_bytes: 1_000_000,
            ..LIMITS
        };
        let (taken, _, fault) = drain(vec![(10, 100); 100], limits).await;
        assert_eq!(
            (taken, fault),
            (2_900, Some(BodyFault::TooSlow)),
            "29 chunks come before 300 s are over"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_the_gateway_needs_is_not_held_against_the_client() {
        let mut body = LimitedBody::new(source(vec![(1, 10); 5], Rc::default()), LIMITS);
        let mut chunks = 0;
        while let Some(next) = body.next().await {
            next.unwrap();
            chunks += 1;
            tokio::time::sleep(Duration::from_secs(50)).await;
        }
        assert_eq!(chunks, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_connection_is_told_apart() {
        let lost = stream::iter([Err(PayloadError::Incomplete(None))]);
        let mut body = LimitedBody::new(lost, LIMITS);
        let fault = body.fault();
        assert!(body.next().await.unwrap().is_err());
        assert!(body.next().await.is_none());
        assert_eq!(fault.get(), Some(BodyFault::CutOff));
    }
}
