//! The whole platform around the guest: store, manager, wasm runtime, templates.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_build::{Silent, build_plugin};
use goatkit_host::{
    Entry, EntryKind, HostBuilder, Manager, Output, PluginName, Session, SessionFacts,
};
use goatkit_web::templates::{TemplateSettings, Templates};
use tempfile::TempDir;

use crate::{ARGS, FUNCTION, Result};

/// A host with the hello plugin in a temporary data folder.
pub struct Platform {
    /// The manager.
    pub manager: Arc<Manager>,
    /// The templates `page0.html`, `page1.html` and `page100.html`.
    pub templates: Templates,
    plugin: PluginName,
    component: Vec<u8>,
    _data: TempDir,
}

impl Platform {
    /// Builds the example and opens a host on it.
    pub async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let plugins = data.path().join("plugins");
        fs::create_dir_all(&plugins)?;
        let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hello");
        let zip = plugins.join("hello.zip");
        build_plugin(hello.as_path(), Some(&zip), &Silent)?;
        write_pages(&data.path().join("templates"))?;

        let host = HostBuilder::new(data.path()).grant_everything().build();
        let manager = Arc::clone(host.await?.manager());
        let plugin = PluginName::parse("my-plugin")?;
        let snapshot = manager.snapshot();
        let unit = snapshot
            .plugins
            .get(&plugin)
            .ok_or("the example was not found")?;
        let component = unit.package().component()?;
        let settings = TemplateSettings::new(data.path().join("templates"));
        let templates = Templates::new(settings, Arc::clone(&manager) as Arc<_>)?;
        Ok(Self {
            manager,
            templates,
            plugin,
            component,
            _data: data,
        })
    }

    /// The example's component.
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// A session as a page render has one.
    pub fn session(&self) -> Session {
        self.manager.session(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "bench".to_owned(),
            deadline: Instant::now() + Duration::from_secs(3600),
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        })
    }

    /// One call of the function, JSON in and out.
    pub async fn call(&self, session: &Session) -> Result<serde_json::Value> {
        match self.call_unread(session).await? {
            Output::Json(text) => Ok(serde_json::from_str(&text)?),
            Output::Html(_) => Err("the function answers JSON".into()),
        }
    }

    /// The same without a look at what it answered.
    pub async fn call_unread(&self, session: &Session) -> Result<Output> {
        let output = self
            .manager
            .call_function(session, &self.plugin, FUNCTION, ARGS.to_owned());
        Ok(output.await?)
    }

    /// One render of a page in a session of its own.
    pub async fn page(&self, name: &str) -> Result<String> {
        let session = self.session();
        Ok(self
            .templates
            .render_application(&session, name, serde_json::json!({}))
            .await?)
    }
}

/// The same page with 0, 1 and 100 calls.
fn write_pages(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let page = |row: &str, rows: usize| {
        format!(
            "{{% use my_plugin %}}<ul>{{% for row in range(100) %}}<li>{{% if row < {rows} %}}{row}\
             {{% else %}}{{{{ row }}}}{{% endif %}}</li>{{% endfor %}}</ul>"
        )
    };
    for rows in [0, 1, 100] {
        let source = page("{{ calculate_something(\"input\").value }}", rows);
        fs::write(folder.join(format!("page{rows}.html")), source)?;
    }
    Ok(())
}
