//! What a guest is putting together: requests, messages, plans. They lie in the host until they
//! are sent, so there is a bound on their number and on what they hold; the doors of the rooms
//! that send them keep them here.

use std::any::Any;

use goatkit_capability::{Fault, http, mail, schedule};
use wasmtime::component::{Resource, ResourceTable};

/// Drafts that are open at the same time. A guest sends 16 requests at once at most.
const MAX_DRAFTS: usize = 64;

/// Bytes that all drafts of an instance hold: two of the largest requests, with their headers.
const MAX_BYTES: usize = 2 * (http::MAX_BODY_BYTES + http::MAX_HEADERS_BYTES + http::MAX_URL_BYTES);

/// Something that is put together and then sent.
pub(crate) trait Draft: Any + Send {
    /// What it is called in faults.
    const WHAT: &'static str;

    /// Bytes that it holds in the host.
    fn bytes(&self) -> usize;
}

impl Draft for http::Request {
    const WHAT: &'static str = "request";

    fn bytes(&self) -> usize {
        self.held()
    }
}

impl Draft for mail::Message {
    const WHAT: &'static str = "message";

    fn bytes(&self) -> usize {
        self.held()
    }
}

impl Draft for schedule::Plan {
    const WHAT: &'static str = "plan";

    fn bytes(&self) -> usize {
        self.held()
    }
}

/// An entry of the table. A constructor cannot answer a fault: what there was no room for
/// answers it when it is used. Public for the generated code alone.
#[allow(unreachable_pub)]
pub struct Entry<T>(Result<T, Fault>);

/// The entries as the generated code names them.
#[allow(unreachable_pub)]
pub type Request = Entry<http::Request>;
#[allow(unreachable_pub)]
pub type Message = Entry<mail::Message>;
#[allow(unreachable_pub)]
pub type Plan = Entry<schedule::Plan>;

/// The drafts of one instance.
#[derive(Default)]
pub(crate) struct Drafts {
    table: ResourceTable,
    open: usize,
    bytes: usize,
}

impl Drafts {
    /// Begins one.
    pub(crate) fn begin<T: Draft>(&mut self, draft: T) -> wasmtime::Result<Resource<Entry<T>>> {
        let held = draft.bytes();
        let entry = if self.open >= MAX_DRAFTS {
            Err(Fault::TooLarge(format!(
                "{MAX_DRAFTS} are open already: send or drop some first"
            )))
        } else if self.bytes.saturating_add(held) > MAX_BYTES {
            Err(full())
        } else {
            self.open += 1;
            self.bytes += held;
            Ok(draft)
        };
        Ok(self.table.push(Entry(entry))?)
    }

    /// Adds to one. `bytes` is how much that is at most.
    pub(crate) fn add<T: Draft>(
        &mut self,
        this: &Resource<Entry<T>>,
        bytes: usize,
        add: impl FnOnce(&mut T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.bytes.saturating_add(bytes) > MAX_BYTES {
            return Err(full());
        }
        let entry = self.table.get_mut(this).map_err(|_| gone::<T>())?;
        let draft = entry.0.as_mut().map_err(|fault| fault.clone())?;
        let before = draft.bytes();
        let added = add(draft);
        self.bytes = (self.bytes + draft.bytes()).saturating_sub(before);
        added
    }

    /// Takes one out, to be sent.
    pub(crate) fn take<T: Draft>(&mut self, this: Resource<Entry<T>>) -> Result<T, Fault> {
        let Entry(entry) = self.table.delete(this).map_err(|_| gone::<T>())?;
        if let Ok(draft) = &entry {
            self.open = self.open.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(draft.bytes());
        }
        entry
    }

    /// Forgets one.
    pub(crate) fn drop<T: Draft>(&mut self, this: Resource<Entry<T>>) {
        let _ = self.take(this);
    }
}

fn full() -> Fault {
    let most = MAX_BYTES >> 20;
    Fault::TooLarge(format!(
        "what is being put together holds more than {most} MiB: send or drop some first"
    ))
}

/// wasmtime checks handles before they come here.
fn gone<T: Draft>() -> Fault {
    Fault::Invalid(format!("there is no such {}", T::WHAT))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Text(String);

    impl Draft for Text {
        const WHAT: &'static str = "text";

        fn bytes(&self) -> usize {
            self.0.len()
        }
    }

    fn text(len: usize) -> Text {
        Text("a".repeat(len))
    }

    #[test]
    fn what_is_taken_out_or_dropped_makes_room() {
        let mut drafts = Drafts::default();
        let one = drafts.begin(text(MAX_BYTES)).unwrap();
        let two = drafts.begin(text(1)).unwrap();
        let add = |text: &mut Text| {
            text.0.push('a');
            Ok(())
        };
        assert!(matches!(drafts.add(&two, 1, add), Err(Fault::TooLarge(_))));
        assert!(matches!(drafts.take(two), Err(Fault::TooLarge(_))));
        assert_eq!(drafts.take(one).ok().unwrap().0.len(), MAX_BYTES);
        let three = drafts.begin(text(MAX_BYTES - 1)).unwrap();
        drafts.add(&three, 1, add).unwrap();
        assert!(drafts.add(&three, 1, add).is_err());
        drafts.drop(three);
        assert_eq!((drafts.bytes, drafts.open), (0, 0));
    }

    #[test]
    fn so_many_are_open_at_most() {
        let mut drafts = Drafts::default();
        let mut open: Vec<_> = (0..MAX_DRAFTS)
            .map(|_| drafts.begin(text(0)).unwrap())
            .collect();
        let one_more = drafts.begin(text(0)).unwrap();
        assert!(matches!(drafts.take(one_more), Err(Fault::TooLarge(_))));
        drafts.drop(open.pop().unwrap());
        let again = drafts.begin(text(0)).unwrap();
        assert!(drafts.take(again).is_ok());
    }

    #[test]
    fn what_fails_is_counted_as_it_stands() {
        let mut drafts = Drafts::default();
        let one = drafts.begin(text(1)).unwrap();
        let refused = drafts.add(&one, 10, |_| Err(Fault::Invalid("no".to_owned())));
        assert_eq!(refused, Err(Fault::Invalid("no".to_owned())));
        assert_eq!(drafts.bytes, 1);
    }
}
