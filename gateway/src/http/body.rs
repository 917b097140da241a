use std::{
    cell::RefCell,
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

/// The arithmetic of the limits, without a clock.
struct Pace {
    limits: BodyLimits,
    received: u64,
    window_bytes: u64,
    /// Time spent waiting for the client in this window. The gateway's own time does not count.
    waited: Duration,
}

impl Pace {
    fn new(limits: BodyLimits) -> Self {
        Self {
            limits,
            received: 0,
            window_bytes: 0,
            waited: Duration::ZERO,
        }
    }

    /// `bytes` came after `waited` more of waiting.
    fn came(&mut self, bytes: usize, waited: Duration) -> Result<(), BodyFault> {
        self.received += bytes as u64;
        self.window_bytes += bytes as u64;
        if self.received > self.limits.max_bytes {
            return Err(BodyFault::TooLarge);
        }
        self.wait(waited).map(drop)
    }

    /// Nothing came for `waited` more; how long until the next look is due.
    fn wait(&mut self, waited: Duration) -> Result<Duration, BodyFault> {
        self.waited += waited;
        if self.waited >= self.limits.window {
            if self.window_bytes < self.limits.min_window_bytes {
                return Err(BodyFault::TooSlow);
            }
            self.waited = Duration::ZERO;
            self.window_bytes = 0;
        }
        Ok(self.limits.window - self.waited)
    }
}

/// A body that ends with an error at the first broken limit and reads nothing after that.
struct LimitedBody<S> {
    inner: S,
    pace: Pace,
    fault: Option<BodyFault>,
    ends: Instant,
    waiting_since: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> LimitedBody<S> {
    fn new(inner: S, limits: BodyLimits) -> Self {
        let ends = Instant::now() + limits.deadline;
        Self {
            inner,
            pace: Pace::new(limits),
            fault: None,
            ends,
            waiting_since: None,
            alarm: Box::pin(sleep_until(ends)),
        }
    }

    fn fail(&mut self, fault: BodyFault) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.fault = Some(fault);
        Poll::Ready(Some(Err(match fault {
            BodyFault::TooLarge => PayloadError::Overflow,
            BodyFault::TooSlow | BodyFault::CutOff => PayloadError::Incomplete(None),
        })))
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for LimitedBody<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.fault.is_some() {
            return Poll::Ready(None);
        }
        let now = Instant::now();
        if now >= this.ends {
            return this.fail(BodyFault::TooSlow);
        }
        let waited = this
            .waiting_since
            .take()
            .map_or(Duration::ZERO, |since| now - since);
        match Pin::new(&mut this.inner).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => match this.pace.came(bytes.len(), waited) {
                Ok(()) => Poll::Ready(Some(Ok(bytes))),
                Err(fault) => this.fail(fault),
            },
            Poll::Ready(Some(Err(_))) => this.fail(BodyFault::CutOff),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match this.pace.wait(waited) {
                Ok(left) => {
                    this.waiting_since = Some(now);
                    this.alarm.as_mut().reset((now + left).min(this.ends));
                    if this.alarm.as_mut().poll(cx).is_ready() {
                        cx.waker().wake_by_ref();
                    }
                    Poll::Pending
                }
                Err(fault) => this.fail(fault),
            },
        }
    }
}

/// A limited body in several hands: a parser reads it and hides why it ended, its owner knows and can read what the
/// parser left.
pub struct SharedBody<S>(Rc<RefCell<LimitedBody<S>>>);

impl<S> SharedBody<S> {
    pub fn new(inner: S, limits: BodyLimits) -> Self {
        Self(Rc::new(RefCell::new(LimitedBody::new(inner, limits))))
    }

    /// The first limit that was broken.
    pub fn fault(&self) -> Option<BodyFault> {
        self.0.borrow().fault
    }
}

impl<S> Clone for SharedBody<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for SharedBody<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::{StreamExt, stream};

    use super::*;

    const LIMITS: BodyLimits = BodyLimits {
        max_bytes: 100,
        min_window_bytes: 10,
        window: Duration::from_secs(20),
        deadline: Duration::from_secs(300),
    };

    /// Chunks of the given sizes, each after a pause in seconds; the first fault and the chunk that brought it.
    fn paced(chunks: &[(u64, usize)]) -> Option<(usize, BodyFault)> {
        let mut pace = Pace::new(BodyLimits {
            max_bytes: 1_000_000,
            ..LIMITS
        });
        let mut came = chunks
            .iter()
            .map(|(pause, bytes)| pace.came(*bytes, Duration::from_secs(*pause)));
        came.position(|came| came.is_err())
            .map(|at| (at, BodyFault::TooSlow))
    }

    async fn drain(sizes: &[usize], limits: BodyLimits) -> (usize, usize, Option<BodyFault>) {
        let asked = Rc::new(Cell::new(0));
        let counter = asked.clone();
        let source = stream::iter(sizes.to_vec()).map(move |len| {
            counter.set(counter.get() + 1);
            Ok(Bytes::from(vec![0; len]))
        });
        let mut body = SharedBody::new(source, limits);
        let mut taken = 0;
        while let Some(next) = body.next().await {
            taken += next.map_or(0, |bytes| bytes.len());
        }
        (taken, asked.get(), body.fault())
    }

    #[actix_web::test]
    async fn a_body_at_the_cap_passes_and_one_byte_more_stops_the_reading() {
        assert_eq!(drain(&[60, 40], LIMITS).await, (100, 2, None));
        let (taken, asked, fault) = drain(&[60, 41, 1, 1], LIMITS).await;
        assert_eq!((taken, fault), (60, Some(BodyFault::TooLarge)));
        assert_eq!(asked, 2, "nothing is read after the chunk that breaks the cap");
    }

    #[actix_web::test]
    async fn after_its_deadline_a_body_is_not_read_at_all() {
        let limits = BodyLimits {
            deadline: Duration::ZERO,
            ..LIMITS
        };
        assert_eq!(drain(&[1, 1], limits).await, (0, 0, Some(BodyFault::TooSlow)));
    }

    #[actix_web::test]
    async fn a_lost_connection_is_told_apart() {
        let lost = stream::iter([Err(PayloadError::Incomplete(None))]);
        let mut body = SharedBody::new(lost, LIMITS);
        assert!(body.next().await.unwrap().is_err());
        assert!(body.next().await.is_none());
        assert_eq!(body.fault(), Some(BodyFault::CutOff));
    }

    #[test]
    fn silence_for_a_window_ends_the_body() {
        let mut pace = Pace::new(LIMITS);
        assert_eq!(pace.came(10, Duration::ZERO), Ok(()));
        assert_eq!(pace.wait(Duration::from_secs(5)), Ok(Duration::from_secs(15)));
        assert_eq!(
            pace.wait(Duration::from_secs(15)),
            Ok(Duration::from_secs(20)),
            "10 bytes came in this window"
        );
        assert_eq!(pace.wait(Duration::from_secs(20)), Err(BodyFault::TooSlow));
    }

    #[test]
    fn dripping_below_the_rate_ends_the_body_and_above_it_does_not() {
        assert_eq!(
            paced(&[(5, 2); 20]),
            Some((3, BodyFault::TooSlow)),
            "8 bytes in 20 s, 10 are wanted"
        );
        assert_eq!(paced(&[(5, 3); 200]), None, "12 bytes in 20 s");
        assert_eq!(
            paced(&[(0, 900_000), (20, 1), (20, 1)]),
            Some((2, BodyFault::TooSlow)),
            "no credit is kept"
        );
    }

    #[test]
    fn no_least_rate_lets_a_body_take_its_time() {
        let mut pace = Pace::new(BodyLimits {
            min_window_bytes: 0,
            ..LIMITS
        });
        assert!((0..100).all(|_| pace.wait(Duration::from_secs(20)).is_ok()));
    }
}
