//! wasi: a module of WASI's first preview, as C compilers make them. Prints, looks for
//! environment, arguments and folders, sleeps, and exits.

use std::ffi::c_void;

use goatkit_plugin::{Answer, Arguments, Error, Json, Output, json};

#[repr(C)]
struct Buffer {
    start: *const u8,
    length: usize,
}

/// Waits for the monotonic clock.
#[repr(C)]
struct Subscription {
    userdata: u64,
    tag: u64,
    clock: u32,
    timeout: u64,
    precision: u64,
    flags: u16,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn fd_write(fd: u32, buffers: *const Buffer, count: usize, written: *mut usize) -> u32;
    fn environ_sizes_get(count: *mut usize, bytes: *mut usize) -> u32;
    fn args_sizes_get(count: *mut usize, bytes: *mut usize) -> u32;
    fn fd_prestat_get(fd: u32, stat: *mut u64) -> u32;
    fn random_get(start: *mut u8, length: usize) -> u32;
    fn poll_oneoff(
        on: *const Subscription,
        events: *mut c_void,
        count: usize,
        done: *mut usize,
    ) -> u32;
    fn proc_exit(code: u32) -> !;
}

goatkit_test_guests::guest! {
    print(text: "string") -> "integer",
    look_around() -> "object",
    random() -> "string",
    sleep(milliseconds: "integer") -> "json",
    exit(code: "integer") -> "json";
    call
}

fn call(function: &str, args: &str) -> Result<Output, Error> {
    match function {
        "print" => print(&Arguments::parse(&["text"], args)?.take::<String>()?).into_output(),
        "look_around" => look_around().into_output(),
        "random" => random().into_output(),
        "sleep" => {
            sleep(Arguments::parse(&["milliseconds"], args)?.take()?);
            ().into_output()
        }
        "exit" => {
            let code = Arguments::parse(&["code"], args)?.take()?;
            unsafe { proc_exit(code) }
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}

/// The error number; 0 is none.
fn print(text: &str) -> u32 {
    let buffer = Buffer {
        start: text.as_ptr(),
        length: text.len(),
    };
    let mut written = 0;
    unsafe { fd_write(1, &raw const buffer, 1, &raw mut written) }
}

fn look_around() -> Json<goatkit_plugin::Value> {
    let (mut variables, mut arguments, mut bytes, mut stat) = (usize::MAX, usize::MAX, 0, 0);
    let folder = unsafe {
        environ_sizes_get(&raw mut variables, &raw mut bytes);
        args_sizes_get(&raw mut arguments, &raw mut bytes);
        // The first folder that a program was given has number 3.
        fd_prestat_get(3, &raw mut stat) == 0
    };
    Json(json!({ "variables": variables, "arguments": arguments, "folder": folder }))
}

fn random() -> String {
    let mut bytes = [0; 16];
    unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sleep(milliseconds: u64) {
    let subscription = Subscription {
        userdata: 0,
        tag: 0,
        clock: 1,
        timeout: milliseconds * 1_000_000,
        precision: 0,
        flags: 0,
    };
    let (mut event, mut done) = ([0_u64; 4], 0);
    let event = event.as_mut_ptr().cast();
    unsafe { poll_oneoff(&raw const subscription, event, 1, &raw mut done) };
}
