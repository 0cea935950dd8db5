//! Guests that no compiler would make: core modules in WebAssembly's text, turned into components
//! with the world of a guest in Rust. Tests use them for lies about the ABI, and for instructions
//! that Rust has no word for.
//!
//! Not here: the behaviour. A test writes the function that is called, and whatever it needs.

use std::fmt::Write;

use goatkit_build::to_component;

use crate::guests::module;

/// The guest whose world they have: functions, and nothing else.
const WORLD_OF: &str = "loops";

/// The custom sections in which a module carries its world.
const WORLD: &str = "component-type";

/// Where the registration lies, which `gk-register` answers.
const REGISTRATION: usize = 1024;

/// Where the answers of `$integer` lie.
const ANSWER: usize = 4096;

/// What a guest in text is made of. Left as they are, its parts behave.
#[derive(Debug, Clone)]
pub struct TextGuest {
    name: String,
    fields: String,
    call: String,
    realloc: String,
    after: String,
}

impl TextGuest {
    /// A plugin of this name whose one function, `act`, answers 1.
    pub fn new(name: &str) -> Self {
        // What the host passes is short: there is room for it in the memory's second page.
        let realloc = "(local.set $at (global.get $free))
            (global.set $free (i32.add (global.get $free) (local.get $size)))
            (local.get $at)";
        Self {
            name: name.to_owned(),
            fields: String::new(),
            call: "(call $integer (i32.const 1))".to_owned(),
            realloc: realloc.to_owned(),
            after: String::new(),
        }
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `act` does: instructions that leave the address of its answer, as
    /// `(call $integer (i32.const 1))` does.
    #[must_use]
    pub fn call(mut self, instructions: &str) -> Self {
        instructions.clone_into(&mut self.call);
        self
    }

    /// More of the module: memories, tables, functions, a start function.
    #[must_use]
    pub fn fields(mut self, fields: &str) -> Self {
        fields.clone_into(&mut self.fields);
        self
    }

    /// What it does when the host asks for `$size` bytes of its memory: instructions that leave
    /// an address.
    #[must_use]
    pub fn realloc(mut self, instructions: &str) -> Self {
        instructions.clone_into(&mut self.realloc);
        self
    }

    /// What it does after its answer was read.
    #[must_use]
    pub fn after(mut self, instructions: &str) -> Self {
        instructions.clone_into(&mut self.after);
        self
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.text()).unwrap();
        module.extend(world());
        to_component(&module).unwrap()
    }

    fn text(&self) -> String {
        let Self {
            fields,
            call,
            realloc,
            after,
            ..
        } = self;
        let registration = escaped(&self.registration());
        let (answer, kind) = (ANSWER, ANSWER + 4);
        let (start, length) = (ANSWER + 8, ANSWER + 12);
        format!(
            r#"(module
            (memory (export "memory") 2)
            (global $free (mut i32) (i32.const 65536))
            (data (i32.const {REGISTRATION}) "{registration}")
            {fields}
            (func (export "cabi_realloc")
                (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
                (result i32) (local $at i32)
                {realloc})
            (func (export "goatkit:plugin/registration@0.1.0#gk-register") (result i32)
                (i32.const {REGISTRATION}))
            (func (export "goatkit:plugin/functions@0.1.0#call")
                (param i32 i32 i32 i32) (result i32) (local $n i32)
                {call})
            (func (export "cabi_post_goatkit:plugin/functions@0.1.0#call") (param i32)
                {after})
            ;; ok(json(text)) of a number, whose digits are written from the last to the first
            (func $integer (param $n i32) (result i32) (local $at i32)
                (local.set $at (i32.const {answer}))
                (loop $digit
                    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
                    (i32.store8 (local.get $at)
                        (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
                    (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
                    (br_if $digit (local.get $n)))
                (i32.store8 (i32.const {answer}) (i32.const 0))
                (i32.store8 (i32.const {kind}) (i32.const 0))
                (i32.store (i32.const {start}) (local.get $at))
                (i32.store (i32.const {length}) (i32.sub (i32.const {answer}) (local.get $at)))
                (i32.const {answer})))"#
        )
    }

    /// `ok` of a registration with one function, as it lies in the guest's memory.
    fn registration(&self) -> Vec<u8> {
        // `ok` and padding; eight lists and texts and two more, two options, `extra`.
        const PLUGIN: usize = 4 + 10 * 8 + 12 + 16 + 8;
        // Five texts and lists, and whether it is exposed.
        const FUNCTION: usize = 5 * 8 + 4;
        const NONE: (usize, usize) = (0, 0);
        let texts = [&self.name, "1.0.0", "act", "json", "an act of a guest"];
        let mut end = REGISTRATION + PLUGIN + FUNCTION;
        let [name, version, act, json, about] = texts.map(|text| {
            let place = (end, text.len());
            end += text.len();
            place
        });
        let mut whole = vec![0; 4];
        let mut put = |pairs: &[(usize, usize)], end: usize| {
            for word in pairs.iter().flat_map(|(at, length)| [*at, *length]) {
                whole.extend(u32::try_from(word).unwrap().to_le_bytes());
            }
            // What is not said is empty, false or not there, which are all zeros.
            whole.resize(end, 0);
        };
        put(&[name, version, (REGISTRATION + PLUGIN, 1)], PLUGIN);
        put(&[act, NONE, json, about], PLUGIN + FUNCTION);
        whole.extend(texts.concat().into_bytes());
        whole
    }
}

/// The sections of a guest in Rust that say what its world is.
fn world() -> Vec<u8> {
    let module = module(WORLD_OF);
    let mut world = Vec::new();
    let mut at = 8;
    while at < module.len() {
        let (length, first) = number(&module, at + 1);
        let section = &module[at..first + length];
        let (name, start) = number(&module, first);
        if section[0] == 0 && module[start..start + name].starts_with(WORLD.as_bytes()) {
            world.extend(section);
        }
        at = first + length;
    }
    assert!(!world.is_empty(), "`{WORLD_OF}` has no world");
    world
}

/// A number in LEB128, and where what follows begins.
fn number(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[at];
        value |= usize::from(byte & 0x7f) << shift;
        at += 1;
        if byte & 0x80 == 0 {
            return (value, at);
        }
        shift += 7;
    }
}

/// As a text of WebAssembly has bytes.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "\\{byte:02x}");
    }
    text
}
