//! Folders: links, special files, and the same limits as in a zip.

use std::os::unix::fs::symlink;

use super::super::limits;
use crate::path::MAX_PATH_DEPTH;
use crate::testing::{House, folder_of, least, write};

#[track_caller]
fn check_folder(bend: impl Fn(&std::path::Path), expect: Result<(), &str>) {
    let house = House::new();
    let folder = folder_of(&least());
    bend(folder.path());
    let admitted = house.store.admit(folder.path());
    let prefix = format!("{}: ", folder.path().display());
    let why = admitted
        .map(drop)
        .map_err(|error| error.to_string().replacen(&prefix, "", 1));
    assert_eq!(why, expect.map_err(str::to_owned));
}

#[test]
fn folders() {
    let outside = folder_of(&[("secret.css", b"secret")]);
    let link = |to: std::path::PathBuf, name: &'static str| {
        move |folder: &std::path::Path| {
            let at = folder.join(name);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            symlink(&to, at).unwrap();
        }
    };
    let files_only = "; a package holds regular files only";
    check_folder(|_| {}, Ok(()));
    check_folder(|folder| write(folder, "static/.hidden/x.exe", b"x"), Ok(()));
    check_folder(|folder| write(folder, "target/x.exe", b"x"), Ok(()));
    check_folder(
        link(outside.path().join("secret.css"), "target/link"),
        Ok(()),
    );
    check_folder(
        link(outside.path().join("secret.css"), "static/a.css"),
        Err(&format!("`static/a.css` is a symbolic link{files_only}")),
    );
    check_folder(
        link(outside.path().into(), "static"),
        Err(&format!("`static` is a symbolic link{files_only}")),
    );
    check_folder(
        link(outside.path().into(), "static/sub"),
        Err(&format!("`static/sub` is a symbolic link{files_only}")),
    );
    check_folder(
        |folder| {
            std::fs::remove_file(folder.join("manifest.yaml")).unwrap();
            symlink(
                outside.path().join("secret.css"),
                folder.join("manifest.yaml"),
            )
            .unwrap();
        },
        Err(&format!("`manifest.yaml` is a symbolic link{files_only}")),
    );
    check_folder(
        |folder| std::fs::remove_file(folder.join("manifest.yaml")).unwrap(),
        Err("there is no `manifest.yaml` in it; a package's folder has it at its top"),
    );
    check_folder(
        |folder| std::fs::remove_file(folder.join("plugin.wasm")).unwrap(),
        Err(
            "the manifest names `plugin.wasm`, and there is no such file; build the component, or correct `component` in the manifest",
        ),
    );
    check_folder(
        |folder| write(folder, "static", b"x"),
        Err(&format!(
            "`static` is a file where a folder belongs{files_only}"
        )),
    );
    check_folder(
        |folder| drop(std::os::unix::net::UnixListener::bind(folder.join("LICENSE")).unwrap()),
        Err(&format!(
            "`LICENSE` is a device, a pipe or another special file{files_only}"
        )),
    );
}

#[test]
fn folders_keep_the_limits() {
    let too_much = "; a package holds what the plugin needs to run, nothing else";
    check_folder(
        |folder| {
            let file = std::fs::File::create(folder.join("README")).unwrap();
            file.set_len(limits::MAX_FILE_BYTES + 1).unwrap();
        },
        Err(&format!("`README` is larger than 128 MiB{too_much}")),
    );
    check_folder(
        |folder| {
            for name in ["README.a", "README.b", "README.c"] {
                let file = std::fs::File::create(folder.join(name)).unwrap();
                file.set_len(limits::MAX_FILE_BYTES).unwrap();
            }
        },
        Err(&format!("unpacked it is larger than 256 MiB{too_much}")),
    );
    check_folder(
        |folder| {
            write(
                folder,
                &format!("static/{}x.css", "a/".repeat(MAX_PATH_DEPTH)),
                b"x",
            )
        },
        Err("the name \"static/a/a/a/a/a/a/a/a/a/a\" is refused: the path has more than 10 parts"),
    );
}
