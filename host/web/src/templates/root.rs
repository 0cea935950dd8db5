//! What a template sees at its outermost: what its page passed, and the helpers.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::helpers::{Helper, Kind};
use super::print::names;
use super::scope::Render;

/// The outermost scope. What the page passed wins over helpers
/// such as `t` and `asset`.
pub(super) struct Root {
    context: Value,
    helpers: Vec<(&'static str, Value)>,
}

impl Root {
    pub(super) fn new(render: Render, context: Value) -> Self {
        let render = Arc::new(render);
        let helper = |&(name, kind): &(&'static str, Kind)| {
            (
                name,
                Value::from_object(Helper::new(kind, Arc::clone(&render))),
            )
        };
        let every = Kind::ALL.iter().chain(Kind::OF_ALL);
        let mut helpers: Vec<_> = every.map(helper).collect();
        helpers.extend(match render.package {
            Some(_) => Kind::OF_PACKAGES.iter().map(helper),
            None => Kind::OF_APPLICATION.iter().map(helper),
        });
        Self { context, helpers }
    }

    fn helper(&self, name: &str) -> Option<Value> {
        self.helpers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.context.fmt(f)
    }
}

impl Object for Root {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if key.starts_with(names::RESERVED) {
            return self.helper(key);
        }
        let passed = self
            .context
            .get_attr(key)
            .ok()
            .filter(|value| !value.is_undefined());
        passed.or_else(|| self.helper(key))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.context
                .try_iter()
                .map(Iterator::collect)
                .unwrap_or_default(),
        )
    }
}
