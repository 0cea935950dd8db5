//! What an embedder decides about a host. `assemble` puts it together.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::request::Parts;
use goatkit_capability::app::{AppCall, AppFunction, AppFunctionError};
use goatkit_capability::cache::CacheStore;
use goatkit_capability::db::SqliteOptions;
use goatkit_capability::grants::GrantKind;
use goatkit_capability::http::HttpOptions;
use goatkit_capability::mail::Post;
use goatkit_capability::{Actor, Capability, Clock, Fault, Power, SystemClock};
use goatkit_manager::Mode;
use goatkit_people::{Directory, Identifying, Visitor};
use goatkit_runtime::Ceilings;
use goatkit_wasm::wasmtime::component::Linker;
use goatkit_wasm::{Door, GuestState, Shared, wasmtime};
use goatkit_web::AdminSiteSettings;
use semver::Version;
use serde_json::Value;

use crate::Host;
use crate::assemble::{HostError, assemble};

/// Makes a [`Host`].
pub struct HostBuilder {
    pub(crate) data: PathBuf,
    pub(crate) templates: Option<PathBuf>,
    pub(crate) code_cache: Option<PathBuf>,
    pub(crate) layouts: Vec<String>,
    pub(crate) hosts: Option<Vec<String>>,
    pub(crate) dev: bool,
    pub(crate) mode: Mode,
    pub(crate) everything_granted: bool,
    pub(crate) ceilings: Ceilings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) database: Option<SqliteOptions>,
    pub(crate) http: Option<HttpOptions>,
    pub(crate) post: Option<Arc<dyn Post>>,
    pub(crate) cache: Option<Arc<dyn CacheStore>>,
    pub(crate) functions: Vec<Result<AppFunction, AppFunctionError>>,
    pub(crate) doors: Vec<Door>,
    pub(crate) shared: Shared,
    pub(crate) people: Option<Arc<dyn Directory>>,
    pub(crate) own_people: bool,
    pub(crate) admin_site: AdminSiteSettings,
}

/// A capability of the embedder's own: a typed interface that it links for wasm plugins.
#[derive(Debug, Clone, Copy)]
pub struct OwnCapability {
    /// The name in manifests and grants, e.g. `ticketing`.
    pub name: &'static str,
    /// The interface, without the version, e.g. `desk:app/ticketing`.
    pub interface: &'static str,
    /// The interface's version, if it has one.
    pub version: Option<(u64, u64, u64)>,
    /// What it allows, for the administrator who is asked: the end of a sentence that begins
    /// with "It may".
    pub allows: &'static str,
}

impl HostBuilder {
    /// A host whose data folder is `data`: packages in `plugins/`, the application's
    /// templates in `templates/`, and what the host keeps beside them. It is made if it is
    /// not there. What the operator wrote into its `gk.toml` and `policy.yaml` counts.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            templates: None,
            code_cache: None,
            layouts: Vec::new(),
            hosts: None,
            dev: false,
            mode: Mode::Usual,
            everything_granted: false,
            ceilings: Ceilings::default(),
            clock: Arc::new(SystemClock),
            database: None,
            http: None,
            post: None,
            cache: None,
            functions: Vec::new(),
            doors: Vec::new(),
            shared: Shared::default(),
            people: None,
            own_people: false,
            admin_site: AdminSiteSettings::default(),
        }
    }

    /// Takes the application's templates from another folder than `DATA/templates`.
    #[must_use]
    pub fn templates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.templates = Some(folder.into());
        self
    }

    /// Keeps compiled code in another folder than `DATA/cache`, so that hosts on several data
    /// folders share it. The folder is made with mode 0700.
    #[must_use]
    pub fn code_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.code_cache = Some(folder.into());
        self
    }

    /// Names a template of the application's that plugins' templates may extend.
    #[must_use]
    pub fn layout(mut self, name: impl Into<String>) -> Self {
        self.layouts.push(name.into());
        self
    }

    /// Refuses requests that call this host by another name than `localhost`, a loopback
    /// address or one that [`HostBuilder::allow_host`] names. Without this any site that a
    /// person visits can point a name of its own at this machine and read what is served.
    #[must_use]
    pub fn loopback_hosts_only(mut self) -> Self {
        self.hosts.get_or_insert_default();
        self
    }

    /// Names a host, without a port, by which requests may call this one; names that are
    /// neither allowed nor the loopback's are refused from then on.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.get_or_insert_default().push(name.into());
        self
    }

    /// Serves unpacked plugins too, for those who write one.
    #[must_use]
    pub fn dev(mut self) -> Self {
        self.dev = true;
        self
    }

    /// Starts without hooks and jobs, and without pages, routes, widgets and menus of plugins: for
    /// a host that one of them keeps from working. Administrators can do all they can else.
    #[must_use]
    pub fn safe_mode(mut self) -> Self {
        self.mode = Mode::Safe;
        self
    }

    /// Sets the limits that plugins get by default and at most.
    #[must_use]
    pub fn ceilings(mut self, ceilings: Ceilings) -> Self {
        self.ceilings = ceilings;
        self
    }

    /// Sets the clock that plugins read.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how plugins' requests are sent, e.g. what resolves names.
    #[must_use]
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = Some(options);
        self
    }

    /// Sets what takes plugins' mail over, instead of what `gk.toml` says.
    #[must_use]
    pub fn post(mut self, post: Arc<dyn Post>) -> Self {
        self.post = Some(post);
        self
    }

    /// Sets where plugins' cached values are kept, instead of what `gk.toml` says.
    #[must_use]
    pub fn cache(mut self, cache: Arc<dyn CacheStore>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The application's database, of which plugins may be granted tables, instead of the one
    /// that `gk.toml` names.
    #[must_use]
    pub fn database(mut self, database: SqliteOptions) -> Self {
        self.database = Some(database);
        self
    }

    /// A function of the application that plugins may be granted, by the name that they call
    /// with `app.call`: words with dots between them.
    ///
    /// `schema` is the JSON Schema of its arguments, an object; what does not fit is refused
    /// before `handler` runs. `permission` is what the actor must have; nothing lets everyone,
    /// also nobody, call it. The handler acts for `call.actor`, whom the host names.
    ///
    /// ```
    /// # use goatkit_host::{AppCall, Fault, HostBuilder};
    /// # use serde_json::json;
    /// let host = HostBuilder::new("data").function(
    ///     "ticket.title",
    ///     "The title of a ticket",
    ///     json!({ "type": "object", "properties": { "id": { "type": "integer" } } }),
    ///     Some("ticket.read"),
    ///     |call: AppCall| async move {
    ///         Ok::<_, Fault>(json!(format!("Ticket {}", call.args["id"])))
    ///     },
    /// );
    /// ```
    #[must_use]
    pub fn function<F, A>(
        mut self,
        name: &str,
        description: &str,
        schema: Value,
        permission: Option<&str>,
        handler: F,
    ) -> Self
    where
        F: Fn(AppCall) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        self.functions.push(AppFunction::of(
            name,
            description,
            schema,
            permission.map(str::to_owned),
            handler,
        ));
        self
    }

    /// A typed interface of the application's own that wasm plugins may be granted. `link`
    /// puts it into a linker, with what `wasmtime::component::bindgen!` made of its WIT; what
    /// it does asks [`GuestState::permits`] first. Granted whole or not at all: a manifest
    /// asks with `capabilities: { name: true }`.
    ///
    /// ```
    /// # mod application {
    /// use goatkit_host::wasmtime::component::{HasSelf, bindgen};
    /// use goatkit_host::{GuestState, HostBuilder, OwnCapability};
    ///
    /// bindgen!({
    ///     inline: "
    ///         package desk:app;
    ///         interface bell { ring: func() -> result<_, string>; }
    ///         world plugins { import bell; }
    ///     ",
    ///     // the application need not name wasmtime itself
    ///     wasmtime_crate: goatkit_host::wasmtime,
    /// });
    ///
    /// impl desk::app::bell::Host for GuestState {
    ///     fn ring(&mut self) -> Result<(), String> {
    ///         self.permits("bell").map_err(|fault| fault.to_string())
    ///     }
    /// }
    ///
    /// pub fn host() -> HostBuilder {
    ///     let bell = OwnCapability {
    ///         name: "bell",
    ///         interface: "desk:app/bell",
    ///         version: None,
    ///         allows: "ring the bell of the desk",
    ///     };
    ///     HostBuilder::new("data").capability(bell, |linker| {
    ///         desk::app::bell::add_to_linker::<_, HasSelf<GuestState>>(linker, |state| state)
    ///     })
    /// }
    /// # }
    /// # let _ = application::host();
    /// ```
    #[must_use]
    pub fn capability(
        mut self,
        own: OwnCapability,
        link: impl Fn(&mut Linker<GuestState>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let capability = Capability {
            name: own.name,
            interface: own.interface,
            power: Power::Asked(GrantKind::Switch(own.allows)),
        };
        let version = own
            .version
            .map(|(major, minor, patch)| Version::new(major, minor, patch));
        self.doors.push(Door::new(capability, version, link));
        self
    }

    /// Lets the application's own interfaces reach a value: [`GuestState::shared`] finds it by
    /// its type. Nothing else of the host sees it.
    #[must_use]
    pub fn share<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.shared.put(value);
        self
    }

    /// Says who makes a request, where the application signs people in by itself. Without this,
    /// [`HostBuilder::people`] or [`HostBuilder::sign_in`] nobody is signed in.
    ///
    /// Forms of plugins are bound to the actor's kind and `id`.
    #[must_use]
    pub fn identify(
        self,
        identify: impl Fn(&Parts) -> Option<Actor> + Send + Sync + 'static,
    ) -> Self {
        self.people(Arc::new(Identified(identify)))
    }

    /// The same for an application whose people are kept somewhere that has to be waited for, or
    /// that tells one sign-in of a person from another: forms are bound to it.
    #[must_use]
    pub fn people(mut self, people: Arc<dyn Directory>) -> Self {
        self.people = Some(people);
        self
    }

    /// Lets people sign in at `/sign-in`: users and roles are kept in the data folder, and
    /// administered with `gk user` and `gk role`.
    #[must_use]
    pub fn sign_in(mut self) -> Self {
        self.own_people = true;
        self
    }

    /// Says how the site for administrators is called, and what prints the figures that are
    /// counted: the recorder of the crate `metrics` belongs to the process, so whoever embeds
    /// installs it. The port is that of the listener.
    #[must_use]
    pub fn admin_site(mut self, settings: AdminSiteSettings) -> Self {
        self.admin_site = settings;
        self
    }

    /// Grants every plugin all that it asks, without consent. For hosts that are thrown away:
    /// tests, and a package that is only looked at.
    #[must_use]
    pub fn grant_everything(mut self) -> Self {
        self.everything_granted = true;
        self
    }

    /// Makes the host and finds its plugins. Nothing of a plugin runs yet.
    ///
    /// # Errors
    /// [`HostError`] when a folder cannot be used or a thread not started, or what the
    /// embedder or the operator wrote does not hold.
    pub async fn build(self) -> Result<Host, HostError> {
        assemble(self).await
    }
}

/// What an application says in one function.
struct Identified<F>(F);

impl<F: Fn(&Parts) -> Option<Actor> + Send + Sync + 'static> Directory for Identified<F> {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        let actor = (self.0)(request);
        let visitor = actor.map(|actor| Visitor {
            // With its length, so that no two pairs read alike.
            session: format!("{} {} {}", actor.kind.len(), actor.kind, actor.id),
            actor,
        });
        Box::pin(std::future::ready(visitor))
    }
}
