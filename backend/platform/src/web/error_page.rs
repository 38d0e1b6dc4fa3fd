//! Error pages: what happened, whether money is touched, what to do, a reference to quote.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::page::Page;
use crate::kernel::{Error, Failure, Kind, Problem, Refusal};

pub type WebResult = Result<Response, WebError>;

/// How a page request may end badly. The app's outermost layer turns it into a page.
#[derive(Debug)]
pub enum WebError {
    SignIn,
    NotFound,
    /// An address that a form is sent to, opened by itself.
    NoPage,
    ForeignForm,
    TooLarge,
    Refused(Problem),
    Failed(Failure),
}

impl From<Failure> for WebError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl<R: Refusal> From<Error<R>> for WebError {
    fn from(error: Error<R>) -> Self {
        match error.into_problem() {
            Ok(problem) if problem.kind == Kind::NotFound => Self::NotFound,
            Ok(problem) if problem.kind == Kind::Unauthenticated => Self::SignIn,
            Ok(problem) => Self::Refused(problem),
            Err(failure) => Self::Failed(failure),
        }
    }
}

/// The words of an error page.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    pub title: String,
    pub words: String,
    pub reference: String,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<Self> {
        let page = |reference: &str| Self {
            title: "There is nothing here".to_owned(),
            words: "The address may be mistyped.".to_owned(),
            reference: reference.to_owned(),
        };
        vec![page(""), page("1a2b3c4d")]
    }
}

/// Marks a response whose body the outermost layer replaces by a page in the reader's frame.
#[derive(Clone)]
pub struct ToBeShown(pub StatusCode, pub ErrorPage);

/// Marks a response that sends to the sign-in page; the outermost layer adds where to go on afterwards.
#[derive(Clone, Copy)]
pub struct SignInFirst;

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let page = |status: StatusCode, title: &str, words: &str, reference: String| {
            let page = ErrorPage { title: title.to_owned(), words: words.to_owned(), reference };
            let mut response = status.into_response();
            response.extensions_mut().insert(ToBeShown(status, page));
            response
        };
        match self {
            Self::SignIn => {
                let mut response = Redirect::to("/account/sign-in").into_response();
                response.extensions_mut().insert(SignInFirst);
                response
            }
            Self::NotFound => page(
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "The address may be mistyped, or this belongs to somebody else. No money has moved.",
                String::new(),
            ),
            Self::NoPage => page(
                StatusCode::METHOD_NOT_ALLOWED,
                "There is no page at this address",
                "It is where a form is sent to. Nothing was changed. Go back to the page with the form.",
                String::new(),
            ),
            Self::ForeignForm => page(
                StatusCode::FORBIDDEN,
                "This form is too old",
                "It was opened before you signed in or out. Nothing was changed. Go back, load the page again, and send it once more.",
                String::new(),
            ),
            Self::TooLarge => page(
                StatusCode::PAYLOAD_TOO_LARGE,
                "That was too much at once",
                "Nothing was changed. Send less in one go.",
                String::new(),
            ),
            Self::Refused(problem) => {
                let status = match problem.kind {
                    Kind::Limited => StatusCode::TOO_MANY_REQUESTS,
                    Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                    Kind::Forbidden => StatusCode::FORBIDDEN,
                    Kind::Conflict => StatusCode::CONFLICT,
                    _ => StatusCode::BAD_REQUEST,
                };
                page(status, "This cannot be done now", &problem.message, String::new())
            }
            Self::Failed(failure) => page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something broke on our side",
                "What you did may or may not have been saved; no payout is ever sent twice. Look again in a minute. If it stays like this, write to us and quote the reference.",
                failure.report(),
            ),
        }
    }
}
