//! Entries that were damaged, that a killed host was writing, and that are too many.

use std::env;
use std::io::Seek;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use wasmtime::CodeBuilder;

use super::*;
use crate::engine::{EngineKind, compiling_engine};

/// Enough for every test that is not about it.
const MOST: u64 = 1 << 30;

/// The folder in which this program keeps entries, if it was started for that.
const KEEPS: &str = "GOATKIT_TEST_KEEPS";

/// Entries that two hosts would not write alike.
const KEPT: usize = 8;

fn load(cache: &CodeCache, engine: &Engine, digest: Digest) -> io::Result<Component> {
    cache.find(engine, digest)?.map(engine)
}

/// A folder that holds the code of one small component, and what may read it.
struct Bench {
    folder: tempfile::TempDir,
    engine: Engine,
    digest: Digest,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
            engine: compiling_engine(EngineKind::Plain).unwrap(),
            digest: Digest::of(b"a component"),
        };
        bench
            .cache()
            .keep(&bench.engine, bench.digest, &bench.code())
            .unwrap();
        bench
    }

    /// As the next host opens it.
    fn cache(&self) -> CodeCache {
        CodeCache::open(self.folder.path(), MOST).unwrap()
    }

    /// The smallest component there is.
    fn code(&self) -> Vec<u8> {
        let component = b"\0asm\x0d\0\x01\0";
        let mut builder = CodeBuilder::new(&self.engine);
        let builder = builder.wasm_binary(&component[..], None).unwrap();
        builder.compile_component_serialized().unwrap()
    }

    fn loads(&self) -> io::Result<Component> {
        load(&self.cache(), &self.engine, self.digest)
    }

    /// Code, sum and key.
    fn files(&self) -> [PathBuf; 3] {
        let code = self.cache().path(&self.engine, self.digest);
        [sum_path(&code), self.folder.path().join("key"), code]
    }

    /// Flips bits of the byte at `at`, and sees to it that what is there is not loaded.
    fn refuses(&self, path: &Path, whole: &[u8], at: usize, bits: u8) {
        let mut damaged = whole.to_owned();
        damaged[at] ^= bits;
        fs::write(path, damaged).unwrap();
        let loaded = self.loads();
        assert!(loaded.is_err(), "byte {at} of {}", path.display());
    }
}

#[test]
fn a_byte_that_is_not_what_it_was_is_never_loaded() {
    let bench = Bench::new();
    for path in bench.files() {
        let whole = fs::read(&path).unwrap();
        let ends = |at: &usize| *at < 256 || whole.len() - *at <= 256;
        let sampled = (0..whole.len()).filter(|at| ends(at) || at % 61 == 0);
        sampled.for_each(|at| bench.refuses(&path, &whole, at, 1));
        fs::write(&path, whole).unwrap();
        assert!(bench.loads().is_ok(), "{} as it was", path.display());
    }
}

#[test]
#[ignore = "every bit of every byte takes minutes"]
fn a_bit_that_is_not_what_it_was_is_never_loaded() {
    let bench = Bench::new();
    for path in bench.files() {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            (0..8).for_each(|bit| bench.refuses(&path, &whole, at, 1 << bit));
        }
        fs::write(&path, whole).unwrap();
        assert!(bench.loads().is_ok(), "{} as it was", path.display());
    }
}

/// What is kept as the code of an entry: any bytes will do, of different lengths.
fn content(entry: usize, round: usize) -> Vec<u8> {
    let byte = u8::try_from((entry * 31 + round) % 251).unwrap();
    vec![byte; 50_000 + entry * 1000 + round % 7]
}

fn digest(entry: usize) -> Digest {
    Digest::of(&entry.to_le_bytes())
}

/// No test: what this program does as a host that keeps one entry after the other.
#[test]
fn keeps_when_asked() {
    let Some(folder) = env::var_os(KEEPS) else {
        return;
    };
    let cache = CodeCache::open(Path::new(&folder), MOST).unwrap();
    let engine = compiling_engine(EngineKind::Plain).unwrap();
    for round in 0.. {
        for entry in 0..KEPT {
            cache
                .keep(&engine, digest(entry), &content(entry, round))
                .unwrap();
        }
    }
}

#[test]
fn a_host_that_is_killed_while_it_writes_leaves_nothing_broken() {
    let folder = tempfile::tempdir().unwrap();
    let engine = compiling_engine(EngineKind::Plain).unwrap();
    let mut whole = 0;
    for kill in 0..20 {
        let mut host = Command::new(env::current_exe().unwrap())
            .args(["--exact", "code::cache::tests::keeps_when_asked"])
            .env(KEEPS, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Killed at a moment of its own each time, once it is at work.
        let last = || fs::metadata(folder.path().join("key")).is_ok();
        wait_until(|| last() && files(folder.path()) > 2 * KEPT);
        (0..kill * 1000).for_each(|_| std::hint::spin_loop());
        host.kill().unwrap();
        host.wait().unwrap();

        let cache = CodeCache::open(folder.path(), MOST).unwrap();
        for entry in 0..KEPT {
            let path = cache.path(&engine, digest(entry));
            // Code whose sum was not written yet is made anew.
            let Ok(mut file) = cache.checked(&path) else {
                continue;
            };
            let mut read = Vec::new();
            // Its sum was read to the end.
            file.rewind().unwrap();
            file.read_to_end(&mut read).unwrap();
            let rounds = 0..251 * 7;
            let written = rounds
                .into_iter()
                .any(|round| content_is(&read, entry, round));
            assert!(written, "entry {entry} is half of something");
            whole += 1;
        }
    }
    assert!(
        whole > 20 * KEPT / 2,
        "{whole}: most are whole at any moment"
    );
}

fn content_is(read: &[u8], entry: usize, round: usize) -> bool {
    let length = 50_000 + entry * 1000 + round % 7;
    read.len() == length && read == content(entry, round)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Waits for something that happens in another process.
fn wait_until(mut happened: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !happened() {
        assert!(Instant::now() < end, "waited in vain");
        std::thread::yield_now();
    }
}

#[test]
fn what_is_too_much_goes_at_the_start_and_after_an_entry_was_added() {
    let bench = Bench::new();
    let code = bench.code();
    let two = code.len() as u64 * 2;
    let cache = CodeCache::open(bench.folder.path(), two).unwrap();
    let [second, third] = [Digest::of(b"second"), Digest::of(b"third")];
    let loads = |digest| load(&cache, &bench.engine, digest).is_ok();
    let used_at = |digest, seconds| {
        let file = File::open(cache.path(&bench.engine, digest)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_modified(time).unwrap();
    };
    cache.keep(&bench.engine, second, &code).unwrap();
    used_at(bench.digest, 2);
    used_at(second, 1);
    assert!(!loads(third), "it was not kept yet");
    cache.keep(&bench.engine, third, &code).unwrap();
    let in_use = load(&cache, &bench.engine, third).unwrap();
    cache.trim(LeftBehind::Stays);
    assert!(loads(bench.digest) && loads(third) && !loads(second));

    used_at(third, 3);
    let smaller = CodeCache::open(bench.folder.path(), code.len() as u64).unwrap();
    let loads = |digest| load(&smaller, &bench.engine, digest).is_ok();
    assert!(loads(bench.digest), "it was used last");
    assert!(!loads(third));
    // What was mapped runs on.
    assert!(in_use.serialize().is_ok());
    assert_eq!(files(bench.folder.path()), 3, "code, sum and key");
}
