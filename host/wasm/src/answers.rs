//! What a plugin may answer: within its bound, and JSON where it says that it is.
//!
//! Called by `plugin` with what a guest returned. Not here: what the answer then means to whoever
//! asked (the floors above).

use goatkit_package::PluginName;
use goatkit_runtime::{CallError, Content, Output, RouteAnswer};
use serde::de::IgnoredAny;

use crate::run::Target;

/// The bound of one plugin's answers.
pub(crate) struct Bound<'p> {
    pub(crate) plugin: &'p PluginName,
    /// Bytes of one answer.
    pub(crate) most: usize,
}

impl Bound<'_> {
    /// The answer of a function.
    pub(crate) fn function(&self, target: &Target, output: Output) -> Result<Output, CallError> {
        match &output {
            Output::Json(text) => self.json(target, text)?,
            Output::Html(text) => self.bytes(target, text.len())?,
        }
        Ok(output)
    }

    /// The answer of a route.
    pub(crate) fn route(
        &self,
        target: &Target,
        answer: RouteAnswer,
    ) -> Result<RouteAnswer, CallError> {
        let header = |(name, value): &(String, Vec<u8>)| name.len() + value.len();
        self.bytes(target, answer.headers.iter().map(header).sum())?;
        match &answer.body {
            Content::Bytes(bytes) => self.bytes(target, bytes.len())?,
            Content::Text(text) | Content::Asset(text) | Content::Redirect(text) => {
                self.bytes(target, text.len())?;
            }
            Content::Json(text) => self.json(target, text)?,
            Content::Page(view) => {
                self.bytes(target, view.template.len() + view.title.len())?;
                self.json(target, &view.data)?;
            }
        }
        Ok(answer)
    }

    /// A text that has to be JSON.
    pub(crate) fn json(&self, target: &Target, text: &str) -> Result<(), CallError> {
        self.bytes(target, text.len())?;
        serde_json::from_str::<IgnoredAny>(text)
            .map(|_| ())
            .map_err(|error| {
                let what = format!("its answer is not JSON: {error}");
                CallError::malformed(self.plugin, target, what)
            })
    }

    fn bytes(&self, target: &Target, bytes: usize) -> Result<(), CallError> {
        if bytes <= self.most {
            return Ok(());
        }
        let what = format!(
            "its answer has {bytes} bytes, and {} are allowed",
            self.most
        );
        Err(CallError::too_large(self.plugin, target, what))
    }
}
