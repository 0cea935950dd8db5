//! The table has what it promises: every function of the contract permitted, and refused
//! where it can be.

use std::collections::BTreeSet;

use goatkit_capability::CAPABILITIES;
use serde_json::Value;

use super::{FUNCTIONS, TABLE};
use crate::case::{Args, Case, Expect};

/// What can only answer: who may not, is told less.
const NEVER_REFUSED: &[&str] = &[
    "context",
    "log",
    "i18n",
    "config_keys",
    "app_functions",
    "plugins_functions",
];

fn rows() -> impl Iterator<Item = &'static Case> {
    TABLE.iter().copied().flatten()
}

#[test]
fn every_capability_has_its_rows_in_the_order_of_the_table() {
    let mut rows: Vec<&str> = rows().map(Case::capability).collect();
    rows.dedup();
    let capabilities: Vec<&str> = CAPABILITIES.iter().map(|it| it.name).collect();
    assert_eq!(rows, capabilities);
}

#[test]
fn every_function_is_permitted_and_refused() {
    for function in FUNCTIONS {
        let of_function = || rows().filter(|case| case.function == *function);
        let permitted = of_function().any(|case| !matches!(case.expect, Expect::Fault(_)));
        let refused = of_function().any(|case| matches!(case.expect, Expect::Fault(_)));
        let exempt = NEVER_REFUSED.iter().any(|it| function.starts_with(it));
        assert!(permitted, "{function} is never permitted");
        assert_eq!(refused, !exempt, "{function}");
    }
    assert!(rows().all(|case| FUNCTIONS.contains(&case.function)));
}

#[test]
fn what_is_written_as_json_is_json() {
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
    for case in rows() {
        assert!(is_json(case.grants), "{}", case.name);
        for call in case.calls() {
            if let Args::Text(text) = call.args {
                assert!(is_json(text), "{}: {text}", case.name);
            }
            if let Expect::Answer(text) | Expect::Fault(text) | Expect::Logged(text) = call.expect {
                assert!(is_json(text), "{}: {text}", case.name);
            }
        }
    }
}

#[test]
fn every_row_has_a_name_of_its_own() {
    let names: BTreeSet<_> = rows().map(|case| (case.capability(), case.name)).collect();
    assert_eq!(names.len(), rows().count());
}
