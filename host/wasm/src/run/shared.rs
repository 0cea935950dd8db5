//! What the embedding application lets its own interfaces reach: values, one of each type. The
//! contract's doors reach the rooms, and nothing of this.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

/// Values by type.
#[derive(Clone, Default)]
pub struct Shared(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Shared {
    /// Adds a value, in the place of another of its type.
    pub fn put<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), value);
    }

    /// The value of a type.
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_value_of_each_type() {
        let mut shared = Shared::default();
        shared.put(Arc::new(1_u8));
        shared.put(Arc::new("text"));
        shared.put(Arc::new(2_u8));
        assert_eq!(shared.get::<u8>(), Some(&2));
        assert_eq!(shared.get::<&str>(), Some(&"text"));
        assert_eq!(shared.get::<u16>(), None);
    }
}
