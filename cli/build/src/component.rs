//! From a core module to a component, and what a component asks and offers.
//!
//! Whether that fits a manifest or a host is the host's business, not ours.

use std::fmt;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as PREVIEW1_ADAPTER,
};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::ComponentEncoder;

use crate::error::ComponentError;

/// What a component imports and exports, in its own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentInterface {
    /// What it needs from its host.
    pub imports: Vec<InterfaceName>,
    /// What it offers.
    pub exports: Vec<InterfaceName>,
}

/// A name such as `goatkit:plugin/functions@0.1.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName {
    /// E.g. `goatkit:plugin`; nothing for a name of the world's own, such as a function's.
    pub package: Option<String>,
    /// E.g. `functions`.
    pub interface: String,
    /// E.g. `0.1.0`.
    pub version: Option<String>,
}

impl InterfaceName {
    fn parse(text: &str) -> Self {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        let (package, interface) = match name.split_once('/') {
            Some((package, interface)) => (Some(package.to_owned()), interface),
            None => (None, name),
        };
        Self {
            package,
            interface: interface.to_owned(),
            version,
        }
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(package) = &self.package {
            write!(f, "{package}/")?;
        }
        f.write_str(&self.interface)?;
        self.version
            .as_ref()
            .map_or(Ok(()), |version| write!(f, "@{version}"))
    }
}

/// Makes a component of a core module that carries its world; a component stays as it is.
///
/// A module that was built for `wasm32-wasip1` gets the adapter of preview 1.
///
/// # Errors
/// Where the bytes are not valid WebAssembly, or the module does not fit its world.
pub fn to_component(wasm: &[u8]) -> Result<Vec<u8>, ComponentError> {
    if Parser::is_component(wasm) {
        validate(wasm)?;
        return Ok(wasm.to_vec());
    }
    if !Parser::is_core_wasm(wasm) {
        return Err(ComponentError::NotWasm);
    }
    validate(wasm)?;
    if !has_world(wasm) {
        return Err(ComponentError::NoWorld);
    }
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    let encoded = encoder.module(wasm).and_then(|encoder| {
        if imported_modules(wasm)
            .iter()
            .any(|module| module == PREVIEW1)
        {
            encoder.adapter(PREVIEW1, PREVIEW1_ADAPTER)?;
        }
        encoder.encode()
    });
    encoded.map_err(|error| ComponentError::Encode(format!("{error:#}")))
}

/// Tells what a component imports and exports, without running it.
///
/// # Errors
/// Where the bytes are not a valid component.
pub fn describe(component: &[u8]) -> Result<ComponentInterface, ComponentError> {
    if !Parser::is_component(component) {
        return Err(ComponentError::NotAComponent);
    }
    validate(component)?;
    let mut interface = ComponentInterface {
        imports: Vec::new(),
        exports: Vec::new(),
    };
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let name = import.map_err(invalid)?.name.name;
                    interface.imports.push(InterfaceName::parse(name));
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let name = export.map_err(invalid)?.name.name;
                    interface.exports.push(InterfaceName::parse(name));
                }
            }
            _ => {}
        }
    }
    Ok(interface)
}

/// The modules that a core module imports from, each once; none where it cannot be read.
pub(crate) fn imported_modules(module: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module).flatten() {
        if let Payload::ImportSection(imports) = payload {
            for import in imports.into_imports().flatten() {
                names.push(import.module.to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

fn has_world(module: &[u8]) -> bool {
    Parser::new(0).parse_all(module).flatten().any(|payload| {
        matches!(payload, Payload::CustomSection(section) if section.name().starts_with("component-type"))
    })
}

fn validate(wasm: &[u8]) -> Result<(), ComponentError> {
    // What the host then runs of it is the host's choice.
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(wasm).map(drop).map_err(invalid)
}

fn invalid(error: wasmparser::BinaryReaderError) -> ComponentError {
    ComponentError::Invalid(error.to_string())
}
