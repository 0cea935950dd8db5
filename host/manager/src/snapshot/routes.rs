//! The routes of all plugins: from a method and a path to the one that answers.
//!
//! Of two patterns that mean a path, the one answers that has a fixed segment where the other
//! has a parameter. Two that nothing else tells apart are one place, and only one plugin has it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use goatkit_runtime::Route;
use matchit::{InsertError, Router};

use crate::paths::{PLUGINS, is_of_the_host, is_own, parameter, shape};
use crate::unit::Active;

/// A route and whose it is.
#[derive(Clone)]
pub struct ActiveRoute {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub route: Route,
    /// The names of its path's parameters, in their order.
    pub params: Vec<String>,
}

impl ActiveRoute {
    pub(super) fn new(plugin: &Active, route: &Route) -> Self {
        let names = route.path.split('/').filter_map(parameter);
        Self {
            plugin: plugin.clone(),
            route: route.clone(),
            params: names.map(|name| name.name.to_owned()).collect(),
        }
    }
}

/// The parameters of a path: names with what stands there.
pub type Params = Vec<(String, String)>;

/// What there is at a path.
#[derive(Clone)]
pub enum RouteMatch {
    /// The route that answers.
    Found(Arc<ActiveRoute>, Params),
    /// Nothing for this method; these are answered, as a header `Allow` names them.
    OtherMethods(Vec<String>),
    /// Nothing.
    None,
}

impl fmt::Debug for RouteMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(route, params) => {
                let plugin = &route.plugin.registration.name;
                write!(f, "{plugin}: {} {params:?}", route.route.path)
            }
            Self::OtherMethods(methods) => write!(f, "only {methods:?}"),
            Self::None => f.write_str("nothing"),
        }
    }
}

/// The routes of one moment.
#[derive(Default)]
pub struct RouteTable {
    /// By method, because one path may belong to different plugins by method.
    methods: BTreeMap<String, Method>,
}

#[derive(Default)]
struct Method {
    /// To places in the list of routes.
    router: Router<usize>,
    /// With their shapes.
    routes: Vec<(String, Arc<ActiveRoute>)>,
}

/// Why a route did not get its place.
pub(super) enum Refusal {
    /// Another one has it.
    Taken(Arc<ActiveRoute>),
    /// The table cannot hold such a pattern.
    Unfit(String),
}

impl RouteTable {
    /// Every route, by method.
    pub fn all(&self) -> impl Iterator<Item = &ActiveRoute> {
        let routes = self.methods.values().flat_map(|method| &method.routes);
        routes.map(|(_, route)| &**route)
    }

    /// What answers a request; `path` is decoded. A `HEAD` is answered by what `GET` is.
    pub fn find(&self, method: &str, path: &str) -> RouteMatch {
        let asked = if method == "HEAD" { "GET" } else { method };
        if let Some((route, params)) = self.at(asked, path) {
            return RouteMatch::Found(route, params);
        }
        let mut others: Vec<String> = Vec::new();
        for method in self.methods.keys() {
            if self.at(method, path).is_some() {
                others.push(method.clone());
                if method == "GET" {
                    others.push("HEAD".to_owned());
                }
            }
        }
        match others.is_empty() {
            true => RouteMatch::None,
            false => RouteMatch::OtherMethods(others),
        }
    }

    /// What answers a `GET`.
    pub(super) fn get(&self, path: &str) -> Option<Arc<ActiveRoute>> {
        self.at("GET", path).map(|(route, _)| route)
    }

    fn at(&self, method: &str, path: &str) -> Option<(Arc<ActiveRoute>, Params)> {
        if is_of_the_host(path) {
            return None;
        }
        let method = self.methods.get(method)?;
        let found = method.router.at(path).ok()?;
        let (_, route) = method.routes.get(*found.value)?;
        // Below /plugins/ each has its own prefix, however wide another's patterns are.
        let plugin = &route.plugin.registration.name;
        if path.starts_with(PLUGINS) && !is_own(plugin, &route.route.path) {
            return None;
        }
        let values = found.params.iter().map(|(_, value)| value.to_owned());
        let params = route.params.iter().cloned().zip(values).collect();
        Some((Arc::clone(route), params))
    }

    /// Puts a route in its place.
    pub(super) fn insert(&mut self, route: ActiveRoute) -> Result<(), Refusal> {
        let shape = shape(&route.route.path);
        let method = self.methods.entry(route.route.method.clone()).or_default();
        match method.router.insert(shape.as_str(), method.routes.len()) {
            Ok(()) => {
                method.routes.push((shape, Arc::new(route)));
                Ok(())
            }
            Err(InsertError::Conflict { with }) => {
                let mut routes = method.routes.iter();
                let has = routes.find(|(shape, _)| *shape == with);
                Err(has.map_or(Refusal::Unfit(with), |(_, route)| {
                    Refusal::Taken(Arc::clone(route))
                }))
            }
            Err(error) => Err(Refusal::Unfit(error.to_string())),
        }
    }
}
