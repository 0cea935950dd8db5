//! Components made of others: a guest that behaves, with something in it that does not.

/// What a section of a component is: a core module.
const CORE_MODULE: u8 = 1;

/// What a section of a component is: core instances.
const CORE_INSTANCE: u8 = 2;

/// Whether a module is only there, or instantiated with the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is compiled, and never runs.
    Idle,
    /// Every instance of the component has one of it.
    Instantiated,
}

/// A component with a core module more, which imports nothing.
pub fn with_module(component: &[u8], module: &[u8], how: Use) -> Vec<u8> {
    let mut made = component.to_owned();
    let index = modules(component);
    section(&mut made, CORE_MODULE, module);
    if how == Use::Instantiated {
        // one instance: instantiate, the module, no arguments
        let mut instance = vec![1, 0];
        number(&mut instance, index);
        instance.push(0);
        section(&mut made, CORE_INSTANCE, &instance);
    }
    made
}

fn section(component: &mut Vec<u8>, id: u8, content: &[u8]) {
    component.push(id);
    number(component, content.len());
    component.extend_from_slice(content);
}

/// How many core modules a component has of its own.
fn modules(component: &[u8]) -> usize {
    let mut rest = &component[8..];
    let mut modules = 0;
    while let Some((&id, behind)) = rest.split_first() {
        let (length, behind) = read_number(behind);
        modules += usize::from(id == CORE_MODULE);
        rest = &behind[length..];
    }
    modules
}

/// Appends a number as wasm writes it: seven bits to a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn read_number(bytes: &[u8]) -> (usize, &[u8]) {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (number, &bytes[at + 1..]);
        }
    }
    panic!("a number without an end")
}
