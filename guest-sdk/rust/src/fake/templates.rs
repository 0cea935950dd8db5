//! Templates, as the session has them: a function for each, and a record of what they got.

use serde_json::Value;

use super::failed;
use crate::testing::session;
use crate::types::Fault;

pub(crate) fn render(name: &str, data: &str) -> Result<String, Fault> {
    let data: Value = serde_json::from_str(data)
        .map_err(|error| Fault::Invalid(format!("the data of `{name}`: {error}")))?;
    if !data.is_object() {
        return Err(Fault::Invalid(format!(
            "the data of `{name}` must be a JSON object"
        )));
    }
    // Out of the session first: the template may ask for the session itself.
    let template = session(|session| session.powers.offers.template(name));
    let Some(template) = template else {
        let message = format!("the package has no template `{name}`");
        return Err(failed("not-found", message));
    };
    session(|session| {
        let rendered = &mut session.powers.world.borrow_mut().rendered;
        rendered.push((name.to_owned(), data.clone()));
    });
    template(&data)
}
