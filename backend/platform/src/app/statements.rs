//! How many statements each operation takes: what the query selects is fetched by one joined statement and
//! one batch per level, never one per row.

use serde_json::json;

use crate::kernel::Actor;
use crate::testing::TestPlatform;

/// Operation, its document, and the most statements it may take.
const OPERATIONS: &[(&str, &str, i64)] = &[
    ("payouts alone", "{ payouts(first: 20) { edges { node { id status amount { amount } } } } }", 1),
    (
        "payouts with their neighbours",
        "{ payouts(first: 20) { edges { node { id seller { name } beneficiary { holder } } } } }",
        1,
    ),
    (
        "payouts with neighbours and history",
        "{ payouts(first: 20) { edges { node { id seller { name } beneficiary { holder } history { status at } } } } }",
        2,
    ),
    ("sellers alone", "{ sellers(first: 20) { edges { node { id name } } } }", 1),
    (
        "sellers with connection and account",
        "{ sellers(first: 20) { edges { node { name connection { status } account { status } } } } }",
        3,
    ),
    (
        "sellers with account and balances",
        "{ sellers(first: 20) { edges { node { name account { status balances { available { amount } } } } } } }",
        3,
    ),
];

#[tokio::test]
async fn no_operation_takes_more_statements_when_there_are_more_rows() {
    let test = TestPlatform::start().await;
    let staff = Actor::Staff(test.staff().await);
    for name in ["Hazel", "June"] {
        let seller = test.active(name).await;
        let beneficiary = test.beneficiary(&seller).await;
        for number in 0..3 {
            test.payout(&seller, &beneficiary, "10.00", &format!("key-{number}")).await;
        }
        test.settle().await;
        for (operation, query, most) in OPERATIONS {
            let (data, count) = test.ask(&staff, query, json!({})).await;
            assert!(count <= *most, "{operation} took {count} statements instead of {most}: {data}");
        }
    }
    let (data, _) = test.ask(&staff, OPERATIONS[2].1, json!({})).await;
    assert_eq!(data["payouts"]["edges"].as_array().map(Vec::len), Some(6));
    test.finish().await;
}
