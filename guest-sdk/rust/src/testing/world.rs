//! The world outside a session: what answers from there, and what a plugin did to it. Clones of
//! a session share the second, so that a test runs one and looks into the other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::Session;
use super::grants::Pattern;
use crate::context::Entry;
use crate::error::Error;
use crate::http::Response;
use crate::jobs::Run;
use crate::plugin::{Jobs, Plugin};
use crate::schedule::Job;
use crate::types::{Fault, Timestamp};

/// What a template makes of its data.
type Template = Rc<dyn Fn(&Value) -> Result<String, Fault>>;

/// What answers from outside; a session's builders fill it in.
#[derive(Clone, Default)]
pub(crate) struct Offers {
    answers: Vec<(Pattern, Result<Response, Fault>)>,
    templates: BTreeMap<String, Template>,
    pub(crate) callbacks: Vec<String>,
    /// Those of the registration that have times of their own.
    pub(crate) registered: Vec<Job>,
}

/// What a plugin did.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) requests: Vec<Sent>,
    /// With the time of each.
    pub(crate) mails: Vec<(Timestamp, Mail)>,
    pub(crate) cache: BTreeMap<String, Kept>,
    pub(crate) jobs: Vec<Job>,
    /// How many jobs there ever were: identifiers are not used twice.
    pub(crate) scheduled: usize,
    pub(crate) rendered: Vec<(String, Value)>,
    pub(crate) events: Vec<Published>,
}

pub(crate) type SharedWorld = Rc<RefCell<World>>;

/// A value of the cache, and until when it is one.
pub(crate) struct Kept {
    pub(crate) value: Vec<u8>,
    /// Nanoseconds since 1970.
    pub(crate) until: Option<i128>,
}

/// A request that was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// In upper case.
    pub method: String,
    /// As the plugin wrote it.
    pub url: String,
    /// Secrets are put in.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Nothing where it has none.
    pub body: Option<Vec<u8>>,
    /// How long it may take, if that was said.
    pub timeout: Option<Duration>,
    /// How many redirects are followed.
    pub redirects: u32,
}

impl Sent {
    /// The first value of a header, if it is text. Upper and lower case are the same.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
}

/// A mail that was sent. Addresses are as the plugin wrote them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mail {
    /// What sending it answered.
    pub id: String,
    /// Whom it is from, also where the plugin left that to the grant.
    pub sender: String,
    /// Its recipients.
    pub to: Vec<String>,
    /// Recipients of a copy.
    pub cc: Vec<String>,
    /// Recipients whom the others do not see.
    pub bcc: Vec<String>,
    /// Whom answers go to.
    pub reply_to: Vec<String>,
    /// One line.
    pub subject: String,
    /// The body as plain text.
    pub text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment>,
}

/// A file of a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// A file's name.
    pub name: String,
    /// A media type.
    pub content_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// An event that was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// As the plugin names it.
    pub channel: String,
    /// What kind of event it is.
    pub kind: String,
    /// What is told.
    pub data: Value,
}

/// An answer of a server, with no headers.
pub fn response(status: u16, body: impl AsRef<[u8]>) -> Response {
    Response {
        status,
        url: String::new(),
        headers: Vec::new(),
        body: body.as_ref().to_vec(),
    }
}

impl Session {
    /// With an answer to requests like `GET https://example.com/v1/*`, which need the grant
    /// `http` besides. Of several that fit, the first one counts; a request that none fits is
    /// a panic. An answer that says no URL comes from where the request went.
    ///
    /// # Panics
    /// On a request that is not written like this.
    #[track_caller]
    pub fn answer(mut self, request: &str, answer: Result<Response, Fault>) -> Self {
        let Some(pattern) = Pattern::parse(request) else {
            panic!("`{request}` is no request: write `GET https://example.com/v1/*`");
        };
        self.powers.offers.answers.push((pattern, answer));
        self
    }

    /// With a template of the package, and what it makes of its data.
    pub fn template(
        mut self,
        name: &str,
        template: impl Fn(&Value) -> Result<String, Fault> + 'static,
    ) -> Self {
        let templates = &mut self.powers.offers.templates;
        templates.insert(name.to_owned(), Rc::new(template));
        self
    }

    /// Of a plugin: its jobs are what may be scheduled, and those with times of their own are
    /// listed.
    pub fn plugin<P: Plugin>(mut self) -> Self {
        let offers = &mut self.powers.offers;
        for job in P::registration().jobs {
            offers.callbacks.push(job.name.clone());
            if !job.cron.is_empty() {
                offers.registered.push(Job {
                    id: format!("registered-{}", job.name),
                    callback: job.name,
                    cron: job.cron,
                    time_zone: job.time_zone,
                    args: job.args,
                    due: None,
                    last_run: None,
                    last_result: None,
                    extra: Vec::new(),
                });
            }
        }
        self
    }

    /// Runs a job once, as the host does when it is due: with nobody signed in.
    pub fn run_job<P: Jobs>(mut self, name: &str, args: impl Into<Value>) -> Result<(), Error> {
        self.actor = None;
        self.entry = Entry {
            kind: "job".to_owned(),
            name: name.to_owned(),
        };
        let run = Run {
            id: format!("run-{name}"),
            name: name.to_owned(),
            args: args.into().to_string(),
            due: self.now,
            attempt: 1,
        };
        self.run(|| P::run(run))
    }

    /// The requests that were sent in this session and its clones, in their order.
    pub fn requests(&self) -> Vec<Sent> {
        self.powers.world.borrow().requests.clone()
    }

    /// The mails that were sent in this session and its clones, in their order.
    pub fn mails(&self) -> Vec<Mail> {
        let world = self.powers.world.borrow();
        world.mails.iter().map(|(_, mail)| mail.clone()).collect()
    }

    /// The jobs of this session and its clones, as a plugin lists them. When they are due is
    /// for a host to say.
    pub fn jobs(&self) -> Vec<Job> {
        let registered = self.powers.offers.registered.iter();
        let world = self.powers.world.borrow();
        let mut jobs: Vec<Job> = registered.chain(&world.jobs).cloned().collect();
        jobs.sort_by(|a, b| (&a.callback, &a.id).cmp(&(&b.callback, &b.id)));
        jobs
    }

    /// The events that were published in this session and its clones, in their order.
    pub fn events(&self) -> Vec<Published> {
        self.powers.world.borrow().events.clone()
    }

    /// The templates that were rendered in this session and its clones, each with its data.
    pub fn rendered(&self) -> Vec<(String, Value)> {
        self.powers.world.borrow().rendered.clone()
    }
}

impl Offers {
    /// What a request is answered with.
    ///
    /// # Panics
    /// When nobody said.
    pub(crate) fn answer_to(&self, sent: &Sent) -> Result<Response, Fault> {
        let Sent { method, url, .. } = sent;
        let mut answers = self.answers.iter();
        let Some((_, answer)) = answers.find(|(pattern, _)| pattern.fits(method, url)) else {
            panic!("no answer is given for: {method} {url}");
        };
        let mut answer = answer.clone()?;
        if answer.url.is_empty() {
            answer.url.clone_from(url);
        }
        Ok(answer)
    }

    pub(crate) fn template(&self, name: &str) -> Option<Template> {
        self.templates.get(name).map(Rc::clone)
    }
}
