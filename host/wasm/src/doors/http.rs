//! The door to the http room.

use std::time::Duration;

use goatkit_capability::{Fault, http};
use wasmtime::component::Resource;

use super::contract::http::{Host, HostRequest, Response};
use super::contract::types as wit;
use super::drafts::Entry;
use crate::run::State;

type Request = Resource<Entry<http::Request>>;

impl Host for State {
    async fn send(&mut self, request: Request) -> Result<Response, Fault> {
        self.scope.call()?;
        let request = self.drafts.take(request)?;
        Ok(self.rooms.http.send(&self.scope, request).await?.into())
    }

    async fn send_many(
        &mut self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Response, wit::Fault>>, Fault> {
        self.scope.call()?;
        let drafts = &mut self.drafts;
        // All are taken, also where one cannot be: the guest owns none of them any more.
        let taken: Vec<_> = requests.into_iter().map(|it| drafts.take(it)).collect();
        let requests: Result<Vec<_>, Fault> = taken.into_iter().collect();
        let answers = self.rooms.http.send_many(&self.scope, requests?).await?;
        let answer = |it: Result<http::Response, Fault>| it.map(Into::into).map_err(Into::into);
        Ok(answers.into_iter().map(answer).collect())
    }
}

impl HostRequest for State {
    fn new(&mut self, method: String, url: String) -> wasmtime::Result<Request> {
        self.drafts.begin(http::Request::new(method, url))
    }

    fn header(&mut self, this: Request, name: String, value: Vec<u8>) -> Result<(), Fault> {
        let bytes = name.len() + value.len();
        self.draft(&this, bytes, |it: &mut http::Request| {
            it.header(name, value)
        })
    }

    fn secret_header(
        &mut self,
        this: Request,
        name: String,
        before: String,
        key: String,
    ) -> Result<(), Fault> {
        let bytes = name.len() + before.len() + key.len();
        self.draft(&this, bytes, |it: &mut http::Request| {
            it.secret_header(name, before, key)
        })
    }

    fn body(&mut self, this: Request, bytes: Vec<u8>) -> Result<(), Fault> {
        self.draft(&this, bytes.len(), |it: &mut http::Request| it.body(bytes))
    }

    fn timeout(&mut self, this: Request, milliseconds: u64) -> Result<(), Fault> {
        let most = Duration::from_millis(milliseconds);
        self.draft(&this, 0, |it: &mut http::Request| it.timeout(most))
    }

    fn redirects(&mut self, this: Request, most: u32) -> Result<(), Fault> {
        self.draft(&this, 0, |it: &mut http::Request| it.redirects(most))
    }

    fn drop(&mut self, this: Request) -> wasmtime::Result<()> {
        self.drafts.drop(this);
        Ok(())
    }
}

impl From<http::Response> for Response {
    fn from(response: http::Response) -> Self {
        let http::Response {
            status,
            url,
            headers,
            body,
        } = response;
        Self {
            status,
            url,
            headers,
            body,
        }
    }
}
