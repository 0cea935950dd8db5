//! The administrators' API, route by route. What answers on the socket and at the listener, what
//! a token has to be for, and the document that describes it are all made of this table.
//!
//! Where a row is, there is a handler, and no handler is reached but by its row.

use axum::Router;
use axum::routing::{MethodFilter, MethodRouter, on};
use goatkit_people::Scope;

use super::state::AdminState;
use super::{call, config, grants, jobs, life, people, plugins, tokens};

/// One route.
pub(super) struct Row {
    pub(super) verb: Verb,
    /// As axum reads it; the listener has it below `/api`.
    pub(super) path: &'static str,
    /// What a token has to be for. Administrators who are signed in may do all of it.
    pub(super) scope: Scope,
    pub(super) way: Way,
    /// One line for whoever reads the document.
    pub(super) summary: &'static str,
    pub(super) query: &'static [Query],
    /// The schema of the body, by its name in `schemas.json`; none is read where there is none.
    pub(super) request: Option<&'static str>,
    /// The schema of the answer.
    pub(super) answer: &'static str,
    /// The schema of each line, where the route can be followed.
    pub(super) line: Option<&'static str>,
    handler: fn(MethodFilter) -> MethodRouter<AdminState>,
}

/// What is asked of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    /// As it stands in a request.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// On which ways a route is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// On the socket and at the listener.
    Both,
    /// On the socket only: it names a file of this machine, and whoever may not open the data
    /// folder has no business to have files opened, and less to have them run.
    Socket,
}

/// A parameter of a query. None has to be given.
pub(super) struct Query {
    pub(super) name: &'static str,
    /// A type of JSON Schema.
    pub(super) kind: &'static str,
    pub(super) about: &'static str,
}

impl Row {
    const fn new(
        verb: Verb,
        path: &'static str,
        scope: Scope,
        answer: &'static str,
        handler: fn(MethodFilter) -> MethodRouter<AdminState>,
    ) -> Self {
        Self {
            verb,
            path,
            scope,
            way: Way::Both,
            summary: "",
            query: &[],
            request: None,
            answer,
            line: None,
            handler,
        }
    }

    const fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    const fn takes(mut self, schema: &'static str) -> Self {
        self.request = Some(schema);
        self
    }

    const fn asks(mut self, query: &'static [Query]) -> Self {
        self.query = query;
        self
    }

    const fn followed(mut self, line: &'static str) -> Self {
        self.line = Some(line);
        self
    }

    const fn on_the_socket(mut self) -> Self {
        self.way = Way::Socket;
        self
    }

    /// The handler.
    pub(super) fn answers(&self) -> MethodRouter<AdminState> {
        (self.handler)(self.verb.filter())
    }
}

/// The rows that a way has, each as `make` gives it, below a prefix.
pub(super) fn routes(
    ways: &[Way],
    prefix: &str,
    make: impl Fn(&Row) -> MethodRouter<AdminState>,
) -> Router<AdminState> {
    let rows = TABLE.iter().filter(|row| ways.contains(&row.way));
    rows.fold(Router::new(), |router, row| {
        router.route(&format!("{prefix}{}", row.path), make(row))
    })
}

const OF_PLUGIN: &[Query] = &[Query {
    name: "plugin",
    kind: "string",
    about: "Of this plugin only",
}];

/// What can be followed is asked for in one way.
const LINES: &[Query] = &[
    Query {
        name: "last",
        kind: "integer",
        about: "How many of those that were kept, from the end",
    },
    Query {
        name: "follow",
        kind: "boolean",
        about: "Whether what comes is told as well, one JSON object a line, without an end",
    },
];

use Scope::{Grant, Operate, People, Read};
use Verb::{Delete, Get, Post, Put};

/// All of it.
pub(super) static TABLE: &[Row] = &[
    Row::new(Get, "/v1/plugins", Read, "Plugins", |it| {
        on(it, plugins::all)
    })
    .about("Every plugin, where it stands, and what waits, is refused, withheld or in conflict"),
    Row::new(Get, "/v1/plugins/{name}/status", Read, "Plugin", |it| {
        on(it, life::status)
    })
    .about("A plugin, and where it stands"),
    Row::new(
        Post,
        "/v1/plugins/{name}/enable",
        Operate,
        "Changed",
        |it| on(it, life::enable),
    )
    .about("Let a plugin serve that was disabled"),
    Row::new(
        Post,
        "/v1/plugins/{name}/disable",
        Operate,
        "Changed",
        |it| on(it, life::disable),
    )
    .about("Let a plugin serve no longer: at once, and also after a restart or an upgrade"),
    Row::new(Post, "/v1/plugins/{name}/pin", Operate, "Changed", |it| {
        on(it, life::pin)
    })
    .about("Keep a plugin in memory, also after a restart"),
    Row::new(Post, "/v1/plugins/{name}/unpin", Operate, "Changed", |it| {
        on(it, life::unpin)
    })
    .about("Keep a plugin in memory no longer than it is used"),
    Row::new(
        Post,
        "/v1/plugins/{name}/unload",
        Operate,
        "Changed",
        |it| on(it, life::unload),
    )
    .about("Take a plugin out of memory; its next call brings it back"),
    Row::new(
        Post,
        "/v1/plugins/{name}/reload",
        Operate,
        "Changed",
        |it| on(it, life::reload),
    )
    .about("Load a plugin's file anew beside what serves, which then takes its place"),
    Row::new(
        Post,
        "/v1/plugins/{name}/release",
        Operate,
        "Changed",
        |it| on(it, life::release),
    )
    .about("Let a plugin try again that is left alone"),
    Row::new(Get, "/v1/plugins/{name}/remains", Read, "Remains", |it| {
        on(it, life::remains)
    })
    .about("What is kept of a plugin: its data, and what was decided and set"),
    Row::new(
        Post,
        "/v1/plugins/{name}/uninstall",
        Grant,
        "Uninstalled",
        |it| on(it, life::uninstall),
    )
    .about("Take all versions of a plugin out of the host, and all that is kept of it where that is asked")
    .takes("Uninstall"),
    Row::new(Get, "/v1/plugins/{name}/logs", Read, "LogRecords", |it| {
        on(it, life::logs)
    })
    .about("The last lines that a plugin logged")
    .asks(LINES)
    .followed("LogRecord"),
    Row::new(Get, "/v1/happenings", Read, "Happenings", |it| {
        on(it, life::happenings)
    })
    .about("What happened to plugins")
    .asks(LINES)
    .followed("Happening"),
    Row::new(Get, "/v1/grants", Read, "Decisions", |it| {
        on(it, grants::all)
    })
    .about("What every plugin asks, and what was decided"),
    Row::new(Get, "/v1/plugins/{name}/grants", Read, "Decisions", |it| {
        on(it, grants::one)
    })
    .about("What a plugin asks, and what was decided"),
    Row::new(Post, "/v1/examine", Grant, "Examined", |it| {
        on(it, grants::examine)
    })
    .about("What a package asks")
    .takes("Examine")
    .on_the_socket(),
    Row::new(Post, "/v1/install", Grant, "Decision", |it| {
        on(it, grants::install)
    })
    .about("Install a package that was examined, and grant what it asks or what is named")
    .takes("Install")
    .on_the_socket(),
    Row::new(Post, "/v1/plugins/{name}/grant", Grant, "Decisions", |it| {
        on(it, grants::grant)
    })
    .about("Grant a plugin what it asks, or some of that")
    .takes("Named"),
    Row::new(
        Post,
        "/v1/plugins/{name}/revoke",
        Grant,
        "Decisions",
        |it| on(it, grants::revoke),
    )
    .about("Take back what a plugin was granted, from its next call on")
    .takes("Named"),
    Row::new(Get, "/v1/audit", Read, "Audit", |it| on(it, grants::audit))
        .about("What plugins were denied, and what was never granted or never used")
        .asks(&[
            Query {
                name: "plugin",
                kind: "string",
                about: "Of this plugin only",
            },
            Query {
                name: "last",
                kind: "integer",
                about: "How many lines, from the end",
            },
        ]),
    Row::new(Get, "/v1/plugins/{name}/config", Read, "Settings", |it| {
        on(it, config::shown)
    })
    .about("A plugin's settings; of secrets only whether they are set"),
    Row::new(
        Put,
        "/v1/plugins/{name}/config/{key}",
        Operate,
        "Settings",
        |it| on(it, config::set),
    )
    .about("Set a setting")
    .takes("Set"),
    Row::new(
        Delete,
        "/v1/plugins/{name}/config/{key}",
        Operate,
        "Settings",
        |it| on(it, config::unset),
    )
    .about("Take back what was set"),
    Row::new(Get, "/v1/jobs", Read, "Jobs", |it| on(it, jobs::shown))
        .about("What plugins do at given times")
        .asks(OF_PLUGIN),
    Row::new(Post, "/v1/plugins/{name}/jobs/run", Operate, "Done", |it| {
        on(it, jobs::run)
    })
    .about("Run a job at once, and wait for its end")
    .takes("Run"),
    Row::new(Post, "/v1/call", Operate, "Anything", |it| {
        on(it, call::call)
    })
    .about("Call a function of a package")
    .takes("Call")
    .on_the_socket(),
    Row::new(Get, "/v1/users", People, "Users", |it| {
        on(it, people::users)
    })
    .about("Users by login")
    .asks(&[
        Query {
            name: "after",
            kind: "string",
            about: "Those behind this login",
        },
        Query {
            name: "limit",
            kind: "integer",
            about: "How many at most, up to 1000",
        },
    ]),
    Row::new(Post, "/v1/users", People, "User", |it| {
        on(it, people::add_user)
    })
    .about("Add somebody")
    .takes("NewUser"),
    Row::new(Get, "/v1/users/{login}", People, "User", |it| {
        on(it, people::user)
    })
    .about("Somebody, by his login"),
    Row::new(Put, "/v1/users/{login}", People, "User", |it| {
        on(it, people::change_user)
    })
    .about("Change somebody's roles, or whether he may sign in")
    .takes("UserChange"),
    Row::new(Delete, "/v1/users/{login}", People, "Done", |it| {
        on(it, people::remove_user)
    })
    .about("Remove somebody; his sessions end"),
    Row::new(Post, "/v1/users/{login}/password", People, "Done", |it| {
        on(it, people::set_password)
    })
    .about("Give somebody another password; his sessions end")
    .takes("NewPassword"),
    Row::new(Get, "/v1/roles", People, "Roles", |it| {
        on(it, people::roles)
    })
    .about("Roles, and what they allow"),
    Row::new(Post, "/v1/roles", People, "Role", |it| {
        on(it, people::add_role)
    })
    .about("Add a role that allows nothing yet")
    .takes("NewRole"),
    Row::new(Delete, "/v1/roles/{name}", People, "Done", |it| {
        on(it, people::remove_role)
    })
    .about("Remove a role, also from those who have it"),
    Row::new(
        Put,
        "/v1/roles/{name}/permissions/{permission}",
        People,
        "ChangedRole",
        |it| on(it, people::grant),
    )
    .about("Let a role do something more"),
    Row::new(
        Delete,
        "/v1/roles/{name}/permissions/{permission}",
        People,
        "ChangedRole",
        |it| on(it, people::revoke),
    )
    .about("Take back what a role was allowed"),
    Row::new(Get, "/v1/tokens", People, "Tokens", |it| {
        on(it, tokens::list)
    })
    .about("Tokens of programs, without what is shown for them"),
    Row::new(Post, "/v1/tokens", People, "NewTokenMade", |it| {
        on(it, tokens::create)
    })
    .about("Make a token; what is shown for it is told this once")
    .takes("NewToken"),
    Row::new(Delete, "/v1/tokens/{id}", People, "Done", |it| {
        on(it, tokens::revoke)
    })
    .about("Take a token back, from the next request on"),
];
