//! The future of a guarded service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Response;
use bytes::Bytes;
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;

pin_project! {
    /// The answer to a request, of the inner service or of the layer.
    #[project = Projected]
    pub enum Answering<F, Answer, E> {
        /// The request passed at once: the inner service's own future, without a box.
        Inside {
            #[pin]
            answer: F,
        },
        /// The request is refused, or waits for keys.
        Outside { answer: Pin<Box<dyn Future<Output = Result<Answer, E>> + Send>> },
    }
}

impl<F, ResponseBody, E> Future for Answering<F, Response<Either<ResponseBody, Full<Bytes>>>, E>
where
    F: Future<Output = Result<Response<ResponseBody>, E>>,
{
    type Output = Result<Response<Either<ResponseBody, Full<Bytes>>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Inside { answer } => answer.poll(context).map_ok(|response| response.map(Either::Left)),
            Projected::Outside { answer } => answer.as_mut().poll(context),
        }
    }
}

impl<F, Answer, E> fmt::Debug for Answering<F, Answer, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
