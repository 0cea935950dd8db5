//! The host of a data folder, for the commands that ask it: the one that runs there, or one
//! for this command.

use std::path::Path;

use anyhow::{Context, Result};
use goatkit_host::{CompilerProgram, Follow, HostBuilder, Method, Office};
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
        // What is compiled for a command is found again by the next one, on whichever folder.
        Self::made(data, |host| host.code_cache(workbench::code_cache())).await
    }

    /// The same, with the compiled code that is in the folder.
    async fn of_its_code(data: &Path) -> Result<Self> {
        Self::made(data, |host| host).await
    }

    /// The host that runs on `data`.
    async fn running(data: &Path) -> Result<Self> {
        is_there(data)?;
        match Office::running(data).await {
            Some(office) => Ok(Self { office }),
            None => Err(hinted(
                format!("no host runs on {}", data.display()),
                "this is in the memory of a host: start one with `gk serve --data DIR`, or name \
                 the folder of one that runs",
            )),
        }
    }

    async fn made(data: &Path, set: impl FnOnce(HostBuilder) -> HostBuilder) -> Result<Self> {
        is_there(data)?;
        descriptors::raise_limit();
        let builder = HostBuilder::new(data).compiler(CompilerProgram::this());
        let office = Office::of(set(builder)).await?;
        Ok(Self { office })
    }

    /// What the host tells from now on.
    pub(crate) async fn follow(&self, path: &str) -> Result<Follow> {
        Ok(self.office.follow(path).await?)
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

fn is_there(data: &Path) -> Result<()> {
    match data.is_dir() {
        true => Ok(()),
        false => Err(hinted(
            format!("there is no data folder {}", data.display()),
            "name the folder that `gk serve` or `gk demo` works on with `--data DIR`",
        )),
    }
}

/// Asks the host of a data folder something, from a command that is not async itself.
pub(crate) fn with<T>(data: &Path, ask: impl AsyncFnOnce(&Host) -> Result<T>) -> Result<T> {
    asked(Host::of(data), ask)
}

/// The same of one that works with the compiled code in the folder, where that goes as well.
pub(crate) fn with_its_code<T>(
    data: &Path,
    ask: impl AsyncFnOnce(&Host) -> Result<T>,
) -> Result<T> {
    asked(Host::of_its_code(data), ask)
}

/// The same of one that runs, about what is in its memory.
pub(crate) fn with_running<T>(data: &Path, ask: impl AsyncFnOnce(&Host) -> Result<T>) -> Result<T> {
    asked(Host::running(data), ask)
}

fn asked<T>(
    host: impl Future<Output = Result<Host>>,
    ask: impl AsyncFnOnce(&Host) -> Result<T>,
) -> Result<T> {
    workbench::runtime()?.block_on(async {
        let host = host.await?;
        let answer = ask(&host).await;
        host.close().await;
        answer
    })
}
