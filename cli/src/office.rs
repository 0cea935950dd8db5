//! The host of a data folder, for the commands that ask it: the one that runs there, or one
//! for this command.

use std::path::Path;

use anyhow::{Context, Result};
use goatkit_host::{CompilerProgram, HostBuilder, Method, Office};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::descriptors;
use crate::failure::hinted;
use crate::workbench;

/// A host that can be asked.
pub(crate) struct Host {
    office: Office,
}

impl Host {
    /// The host of `data`, which must be there: a mistyped name is not to become a folder.
    pub(crate) async fn of(data: &Path) -> Result<Self> {
        if !data.is_dir() {
            return Err(hinted(
                format!("there is no data folder {}", data.display()),
                "name the folder that `gk serve` or `gk demo` works on with `--data DIR`",
            ));
        }
        descriptors::raise_limit();
        let builder = HostBuilder::new(data)
            .code_cache(workbench::code_cache())
            .compiler(CompilerProgram::this());
        let office = Office::of(builder).await?;
        Ok(Self { office })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T> {
        self.ask(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T> {
        self.ask(Method::PUT, path, Some(&body)).await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask(Method::DELETE, path, None).await
    }

    /// Ends what was made for this command.
    pub(crate) async fn close(self) {
        self.office.close().await;
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T> {
        let answer = self.office.ask(method, path, body).await?;
        serde_json::from_value(answer)
            .context("the host answers in a way that this gk does not know")
    }
}

/// Asks the host of a data folder something, from a command that is not async itself.
pub(crate) fn with<T>(data: &Path, ask: impl AsyncFnOnce(&Host) -> Result<T>) -> Result<T> {
    workbench::runtime()?.block_on(async {
        let host = Host::of(data).await?;
        let answer = ask(&host).await;
        host.close().await;
        answer
    })
}
