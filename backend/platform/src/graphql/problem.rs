//! Refusals as data, failures as top-level errors with a reference.

use async_graphql::{ErrorExtensions, SimpleObject};

use crate::kernel::{Error, Failure, Kind, Problem, Refusal};

/// Why something was not done, and what to do.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Problem")]
pub struct ProblemType {
    /// Stable; the list is in the documentation.
    code: String,
    /// In plain words.
    message: String,
    /// The path of the input field that caused it.
    field: Option<Vec<String>>,
}

impl From<Problem> for ProblemType {
    fn from(problem: Problem) -> Self {
        let field = (!problem.field.is_empty()).then_some(problem.field);
        Self { code: problem.code.to_owned(), message: problem.message, field }
    }
}

/// Splits a use case's end into the payload's object and problems; a failure becomes an error.
pub fn settle<T, R: Refusal>(
    result: Result<T, Error<R>>,
) -> async_graphql::Result<(Option<T>, Vec<ProblemType>)> {
    match result {
        Ok(value) => Ok((Some(value), vec![])),
        Err(error) => match error.into_problems() {
            Ok(problems) => Ok((None, problems.into_iter().map(Into::into).collect())),
            Err(failure) => Err(fail(failure)),
        },
    }
}

/// For queries, which have no `problems`: what is not found is null, the rest is an error.
pub fn found<T, R: Refusal>(result: Result<T, Error<R>>) -> async_graphql::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.into_problem() {
            Ok(problem) if problem.kind == Kind::NotFound => Ok(None),
            Ok(problem) => Err(refused(problem)),
            Err(failure) => Err(fail(failure)),
        },
    }
}

/// For queries that must answer.
pub fn answer<T, R: Refusal>(result: Result<T, Error<R>>) -> async_graphql::Result<T> {
    result.map_err(|error| match error.into_problem() {
        Ok(problem) => refused(problem),
        Err(failure) => fail(failure),
    })
}

fn refused(problem: Problem) -> async_graphql::Error {
    async_graphql::Error::new(problem.message)
        .extend_with(|_, extensions| extensions.set("code", problem.code))
}

/// A failure, logged once; people read a reference only.
pub fn fail(failure: Failure) -> async_graphql::Error {
    let reference = failure.report();
    async_graphql::Error::new(format!("Something broke on our side; quote {reference}.")).extend_with(
        |_, extensions| {
            extensions.set("code", "INTERNAL");
            extensions.set("reference", reference.as_str());
        },
    )
}

/// A subscription that is not begun.
pub fn denied(code: &'static str, words: &str) -> async_graphql::Error {
    async_graphql::Error::new(words).extend_with(|_, extensions| extensions.set("code", code))
}

/// An argument that cannot be used.
pub fn bad_input(words: &str) -> async_graphql::Error {
    denied("BAD_INPUT", words)
}
