//! A host where one may ask for a bell and for functions of the application, and rules as they
//! are printed.

use goatkit_package::LimitsRequest;
use serde_json::Value;

use super::items::{Items, Rules};
use super::rule::{GrantKind, Rule, RuleKind, covers_name};
use crate::table::{Capability, Power};

const PROVIDED: [Capability; 2] = [
    Capability {
        name: "bell",
        interface: "x:y/bell",
        power: Power::Asked(GrantKind::Switch("ring the bell")),
    },
    Capability {
        name: "call",
        interface: "x:y/call",
        power: Power::Asked(GrantKind::Rules(RuleKind {
            rules: |_, value| match value.as_array() {
                Some(list) => {
                    let texts = list.iter().filter_map(Value::as_str);
                    Ok(texts.map(str::to_owned).collect())
                }
                None => Err(vec!["`call` is a list of names".to_owned()]),
            },
            covers: covers_name,
            consent: |rules| rules.iter().map(|it| format!("call {it}")).collect(),
        })),
    },
];

pub(crate) fn items() -> Items {
    Items::new(PROVIDED.to_vec(), LimitsRequest::default())
}

/// The rules of texts such as `call: a.b`.
pub(crate) fn rules(texts: &[&str]) -> Rules {
    let split = texts.iter().filter_map(|text| text.split_once(": "));
    split.map(|(item, text)| Rule::new(item, text)).collect()
}
