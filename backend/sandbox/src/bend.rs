//! What a fault does to a request.

use std::time::Duration;

use serde_json::json;

use crate::wire::ApiError;
use crate::world::faults::Fault;

/// How a request is bent.
pub enum Bend {
    None,
    /// Answered without being run.
    Refuse(ApiError),
    /// Run after a while; the answer comes.
    Delay(Duration),
    /// The connection is cut, nothing is run.
    DropBefore,
    /// Run, then the connection is cut, or somebody on the way answers an error instead.
    DropAfter(Option<ApiError>),
    /// The connection is cut; run after a while.
    Late(Duration),
    /// Run when somebody releases it.
    Hold,
}

pub fn bend(fault: &Fault) -> Bend {
    let while_ = Duration::from_millis(fault.ms.unwrap_or(1000));
    match fault.action.as_str() {
        "refuse" => Bend::Refuse(refusal(fault)),
        "limit" => {
            Bend::Refuse(ApiError::new(429, "too_many_requests", "Rate Limit Exceeded.").with(json!({})))
        }
        "delay" => Bend::Delay(while_),
        "drop_before" => Bend::DropBefore,
        "drop_after" => Bend::DropAfter(fault.status.map(|_| refusal(fault))),
        "late" => Bend::Late(while_),
        "hold" => Bend::Hold,
        _ => Bend::None,
    }
}

fn refusal(fault: &Fault) -> ApiError {
    let code = fault.code.as_deref().unwrap_or("service_unavailable");
    let refusal = ApiError::new(fault.status.unwrap_or(500), code, "ordered by a fault");
    ApiError { source: fault.source.clone(), details: fault.details.clone(), ..refusal }
}
