//! Bodies on their way in, held to a pace, and on their way out, counted as in flight.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::Limits;
use super::watch::InFlight;

/// A request's body came too slowly. The answer is 408, whatever the handler made of it.
#[derive(Debug, thiserror::Error)]
#[error("the request's body came too slowly")]
pub struct SlowBody;

/// Set when a request's body was given up on.
#[derive(Clone, Default)]
pub(super) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A request's body that must keep a minimum rate over the time it is waited
/// for, and be complete by a deadline. A handler that reads slowly costs the
/// client nothing.
pub(super) struct PacedBody<B> {
    inner: B,
    grace: Duration,
    rate: u32,
    deadline: Instant,
    received: u64,
    waited: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    given_up: GivenUp,
}

impl<B> PacedBody<B> {
    pub(super) fn new(inner: B, limits: &Limits, given_up: GivenUp) -> Self {
        Self {
            inner,
            grace: limits.body_grace,
            rate: limits.body_min_rate.max(1),
            deadline: Instant::now() + limits.body_deadline,
            received: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
            given_up,
        }
    }

    /// Ready when the client has used up its time.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let earned = Duration::from_millis(self.received.saturating_mul(1000) / u64::from(self.rate));
        let left = (self.grace + earned).saturating_sub(self.waited);
        let until = (since + left).min(self.deadline);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }
}

impl<B> HttpBody for PacedBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            if let Some(since) = self.waiting_since.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(frame)) = &frame {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(self.poll_patience(cx));
        self.given_up.0.store(true, Ordering::Release);
        Poll::Ready(Some(Err(SlowBody.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body: in flight until its last byte is handed over; an event
/// stream ends when the server drains.
pub(super) struct AnswerBody {
    inner: Body,
    until: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    ended: bool,
    _in_flight: InFlight,
}

impl AnswerBody {
    pub(super) fn new(
        inner: Body,
        until: Option<WaitForCancellationFutureOwned>,
        in_flight: InFlight,
    ) -> Self {
        Self { inner, until: until.map(Box::pin), ended: false, _in_flight: in_flight }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(until) = &mut self.until
            && until.as_mut().poll(cx).is_ready()
        {
            self.ended = true;
            self.inner = Body::empty();
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    fn dripping(
        size: usize,
        every: Duration,
        count: usize,
    ) -> impl HttpBody<Data = Bytes, Error = BoxError> + Unpin {
        StreamBody::new(Box::pin(stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok::<_, BoxError>(Frame::data(Bytes::from(vec![0; size])))
        })))
    }

    async fn read(body: impl HttpBody<Data = Bytes, Error = BoxError> + Unpin) -> (bool, bool) {
        let given_up = GivenUp::default();
        let read = PacedBody::new(body, &Limits::default(), given_up.clone()).collect().await;
        (read.is_ok(), given_up.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_at_the_minimum_rate_is_read_to_its_end() {
        let body = dripping(1100, Duration::from_secs(1), 120);
        assert_eq!(read(body).await, (true, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_below_the_minimum_rate_is_given_up() {
        let body = dripping(10, Duration::from_secs(1), 120);
        assert_eq!(read(body).await, (false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_given_up() {
        let body = dripping(10, Duration::from_secs(3600), 1);
        assert_eq!(read(body).await, (false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_past_its_deadline_is_given_up_at_any_rate() {
        let body = dripping(2000, Duration::from_secs(1), 700);
        assert_eq!(read(body).await, (false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_reads_slowly_does_not_cost_the_client_its_time() {
        let given_up = GivenUp::default();
        let mut body =
            PacedBody::new(dripping(10, Duration::from_millis(1), 5), &Limits::default(), given_up.clone());
        while let Some(frame) = body.frame().await {
            assert!(frame.is_ok());
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        assert!(!given_up.get());
    }
}
