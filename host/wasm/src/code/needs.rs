//! What a component's bytes say about how it runs: on which kind of engine, and how much the
//! host itself keeps for one instance. `compile` asks before it compiles. Pure.
//!
//! What it takes of the pool is counted where it was compiled: compilers merge and add.

use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, ComponentDefinedType, ComponentInstance,
    ComponentType, ComponentTypeDeclaration, Instance, InstanceTypeDeclaration, Parser, Payload,
};

use crate::engine::EngineKind;

/// Bytes that the host keeps for the functions, globals and the like of one instance of a
/// component, which no limit of the plugin's counts. An interpreter needs some MiB.
const MAX_CONTEXT: u64 = 64 << 20;

/// Bytes that one function, import or global of a module takes there at most.
const ENTITY: u64 = 64;

/// What a component needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) kind: EngineKind,
    /// Core instances of one instance.
    pub(super) core_instances: u64,
}

/// Reads what a component needs.
///
/// # Errors
/// A sentence, if it is no component, or one that no host should run.
pub(super) fn read(bytes: &[u8]) -> Result<Needs, String> {
    refuse_bytes(bytes)?;
    let mut walk = Walk::default();
    walk.all(bytes)
        .map_err(|error| format!("its component does not compile: {error}"))?;
    let core_instances = walk.root.instances;
    let context = core_instances.saturating_mul(walk.largest_module.saturating_mul(ENTITY));
    if context > MAX_CONTEXT {
        return Err(format!(
            "one instance of its component would take up to {context} bytes in the host beside \
             its memory, and {MAX_CONTEXT} are allowed: it has {core_instances} core instances, \
             and its largest module {} functions, imports and globals",
            walk.largest_module
        ));
    }
    let kind = match walk.asynchronous {
        true => EngineKind::Concurrent,
        false => EngineKind::Plain,
    };
    Ok(Needs {
        kind,
        core_instances,
    })
}

/// Says what is wrong with bytes that are no component at all.
fn refuse_bytes(bytes: &[u8]) -> Result<(), String> {
    if Parser::is_component(bytes) {
        return Ok(());
    }
    Err(if Parser::is_core_wasm(bytes) {
        "its component is a core module; build it with `gk plugin build`, or turn it into a \
         component with `wasm-tools component new`"
            .to_owned()
    } else {
        "its component is no WebAssembly: the file does not begin with `\\0asm`".to_owned()
    })
}

/// A component within the component that is read.
#[derive(Default)]
struct Level {
    /// Core instances of one instance of it.
    instances: u64,
    /// What a module within it has of what takes place, while that is read.
    entities: u64,
    /// Whether it is a module.
    module: bool,
}

/// What was read so far. Which module an instance is of is not looked up: the largest counts
/// for all, and the largest component for each that is instantiated.
#[derive(Default)]
struct Walk {
    asynchronous: bool,
    largest_module: u64,
    largest_component: u64,
    /// Around what is read.
    outer: Vec<Level>,
    root: Level,
}

impl Walk {
    fn all(&mut self, bytes: &[u8]) -> Result<(), BinaryReaderError> {
        let mut here = Level::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ModuleSection { .. } => self.enter(&mut here, true),
                Payload::ComponentSection { .. } => self.enter(&mut here, false),
                Payload::End(_) => self.leave(&mut here),
                payload => self.section(&mut here, payload)?,
            }
        }
        Ok(())
    }

    fn enter(&mut self, here: &mut Level, module: bool) {
        let within = Level {
            module,
            ..Level::default()
        };
        self.outer.push(std::mem::replace(here, within));
    }

    fn leave(&mut self, here: &mut Level) {
        if here.module {
            self.largest_module = self.largest_module.max(here.entities);
        } else {
            self.largest_component = self.largest_component.max(here.instances);
        }
        match self.outer.pop() {
            Some(outer) => *here = outer,
            None => self.root = std::mem::take(here),
        }
    }

    fn section(&mut self, here: &mut Level, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        let mut counts = |count: u32| here.entities = here.entities.saturating_add(count.into());
        match payload {
            Payload::ImportSection(section) => counts(section.count()),
            Payload::FunctionSection(section) => counts(section.count()),
            Payload::TableSection(section) => counts(section.count()),
            Payload::MemorySection(section) => counts(section.count()),
            Payload::TagSection(section) => counts(section.count()),
            Payload::GlobalSection(section) => counts(section.count()),
            Payload::ElementSection(section) => counts(section.count()),
            Payload::DataSection(section) => counts(section.count()),
            Payload::InstanceSection(section) => {
                for instance in section {
                    let made = matches!(instance?, Instance::Instantiate { .. });
                    here.instances = here.instances.saturating_add(u64::from(made));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    if let ComponentInstance::Instantiate { .. } = instance? {
                        let within = self.largest_component;
                        here.instances = here.instances.saturating_add(within);
                    }
                }
            }
            Payload::ComponentTypeSection(section) => {
                for found in section {
                    self.asynchronous |= is_asynchronous(&found?);
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    self.asynchronous |= belongs_to_tasks(&function?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a type is of the async ABI, or holds one that is.
fn is_asynchronous(found: &ComponentType<'_>) -> bool {
    match found {
        ComponentType::Func(function) => function.async_,
        ComponentType::Defined(defined) => matches!(
            defined,
            ComponentDefinedType::Future(_) | ComponentDefinedType::Stream(_)
        ),
        ComponentType::Component(declarations) => declarations.iter().any(|it| match it {
            ComponentTypeDeclaration::Type(found) => is_asynchronous(found),
            _ => false,
        }),
        ComponentType::Instance(declarations) => declarations.iter().any(|it| match it {
            InstanceTypeDeclaration::Type(found) => is_asynchronous(found),
            _ => false,
        }),
        ComponentType::Resource { .. } => false,
    }
}

/// Whether a function of the canonical ABI is there for tasks.
fn belongs_to_tasks(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options
                .iter()
                .any(|it| matches!(it, CanonicalOption::Async | CanonicalOption::Callback(_)))
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Result<Needs, String> {
        read(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn what_uses_the_async_abi_is_told_from_what_does_not() {
        let check = |text: &str, kind| assert_eq!(needs(text).unwrap().kind, kind, "{text}");
        for text in [
            "(component)",
            "(component (type (func (param \"a\" string))))",
            "(component (type $r (resource (rep i32))) (core func (canon resource.new $r)))",
            "(component (import \"a\" (func $f)) (core func (canon lower (func $f))))",
        ] {
            check(text, EngineKind::Plain);
        }
        for text in [
            "(component (type (func async (param \"a\" u32))))",
            "(component (type (stream u8)))",
            "(component (type (future)))",
            "(component (import \"a\" (instance (export \"f\" (func async)))))",
            "(component (core func (canon backpressure.inc)))",
            "(component (component (core func (canon waitable-set.new))))",
            "(component (import \"a\" (func $f async)) (core module $m (memory (export \"m\") 1)) \
             (core instance $i (instantiate $m)) \
             (core func (canon lower (func $f) async (memory (core memory $i \"m\")))))",
        ] {
            check(text, EngineKind::Concurrent);
        }
    }

    #[test]
    fn core_instances_are_counted_through_all_that_is_within() {
        let check = |text: &str, expected| {
            assert_eq!(needs(text).unwrap().core_instances, expected, "{text}");
        };
        check("(component)", 0);
        let module = "(core module $m) (core instance (instantiate $m))";
        check(
            &format!("(component {module} (core instance (instantiate $m)))"),
            2,
        );
        let twice = "(instance (instantiate $c)) (instance (instantiate $c))";
        check(&format!("(component (component $c {module}) {twice})"), 2);
        let deeper = format!("(component $c (component $c {module}) {twice})");
        check(&format!("(component {deeper} {twice} {module})"), 5);
    }

    #[test]
    fn what_would_fill_the_host_beside_its_memory_is_refused() {
        let globals = "(global i32 (i32.const 0))".repeat(1000);
        let instances = "(core instance (instantiate $m))";
        let of = |count| {
            let instances = instances.repeat(count);
            needs(&format!(
                "(component (core module $m {globals}) {instances})"
            ))
        };
        assert_eq!(of(1000).unwrap().core_instances, 1000);
        let error = of(1100).unwrap_err();
        assert!(error.contains("1100 core instances"), "{error}");
        // 2 to the 40th.
        let mut doubled = "(component $c (core module $m (global i32 (i32.const 0))) \
                           (core instance (instantiate $m)))"
            .to_owned();
        for _ in 0..40 {
            doubled = format!(
                "(component $c {doubled} (instance (instantiate $c)) (instance (instantiate $c)))"
            );
        }
        assert!(needs(&doubled).is_err());
    }

    #[test]
    fn what_is_no_component_is_told_what_it_is() {
        let says = |bytes: &[u8], what: &str| {
            let error = read(bytes).unwrap_err();
            assert!(error.contains(what), "{error}");
        };
        says(b"\0asm\x01\0\0\0", "core module");
        says(b"#!/bin/sh", "no WebAssembly");
        says(b"\0asm\x0d\0\x01\0\x01\xff", "does not compile");
    }
}
