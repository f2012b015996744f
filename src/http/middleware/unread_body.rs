//! Bodies that nobody has read to their end.
//!
//! actix closes a connection whose body of known length was not read. A chunked body it goes on to drain as soon as
//! nobody holds it, without any limit: one byte would keep a connection for ever. So what is left of it is held until
//! the answer is sent, and actix then closes.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse};
use futures_util::Stream;

/// The chunked body of a request; nothing for others.
pub(super) struct UnreadBody(Option<Rc<RefCell<Body>>>);

struct Body {
    payload: Payload,
    ended: bool,
}

impl UnreadBody {
    /// Shares the request's body with its reader.
    pub(super) fn of(request: &mut ServiceRequest) -> Self {
        if !request.headers().contains_key(TRANSFER_ENCODING) {
            return Self(None);
        }
        let body = Rc::new(RefCell::new(Body { payload: request.take_payload(), ended: false }));
        let shared: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(Shared(Rc::clone(&body)));
        request.set_payload(Payload::from(shared));
        Self(Some(body))
    }

    /// Keeps what is left of the body for as long as the answer.
    pub(super) fn hold_in(self, response: HttpResponse) -> HttpResponse {
        match self.0 {
            Some(unread) if !unread.borrow().ended => {
                response.map_body(|_, answer| BoxBody::new(Holding { answer, _unread: unread }))
            }
            _ => response,
        }
    }
}

/// What the reader of the body sees.
struct Shared(Rc<RefCell<Body>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.borrow_mut();
        let next = Pin::new(&mut body.payload).poll_next(context);
        body.ended |= matches!(next, Poll::Ready(None | Some(Err(_))));
        next
    }
}

/// An answer that holds a body.
struct Holding {
    answer: BoxBody,
    _unread: Rc<RefCell<Body>>,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}
