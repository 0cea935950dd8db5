//! A zip, read so that every reader of it would see the same files.
//!
//! The zip format lets a file say two things at once: two lists of names, names that differ
//! between list and data, entries that overlap, sizes that lie. The end of the file is
//! therefore checked by hand before the zip library sees it, and the headers are held against
//! each other after.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{
    Archive, Listing, bad_name, copy_exactly, limits, manifest_of, no_manifest, not_a_file,
    too_large,
};
use crate::error::{PackageError, PackageErrorKind};
use crate::layout::{Layout, MANIFEST};
use crate::path::PackagePath;

const END_BYTES: u64 = 22;
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
/// What stands right before the end of a zip64 file: it points to a second end.
const LOCATOR64_BYTES: u64 = 20;
const LOCATOR64_SIGNATURE: [u8; 4] = *b"PK\x06\x07";
const ENTRY_BYTES: usize = 46;
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";

/// The bits of a Unix mode that say what kind of file it is.
const KIND_BITS: u32 = 0o170_000;
const KIND_FILE: u32 = 0o100_000;
const KIND_FOLDER: u32 = 0o040_000;
const KIND_LINK: u32 = 0o120_000;

/// A zip whose names and headers were checked.
pub(crate) struct Zip<R> {
    zip: ZipArchive<R>,
}

/// Opens the file of a zip, if it is one that may be read.
pub(crate) fn file(path: &Path) -> Result<File, PackageError> {
    let cannot = |error| PackageError::io("cannot be read", error);
    let found = std::fs::metadata(path).map_err(cannot)?;
    if !found.is_file() {
        return Err(PackageError::new(
            PackageErrorKind::NotAFile,
            "is neither a zip nor a folder",
        ));
    }
    if found.len() > limits::MAX_ZIP_BYTES {
        return Err(zip_too_large());
    }
    File::open(path).map_err(cannot)
}

/// The whole content of a zip's file, so that it can be hashed and unpacked from one reading.
pub(crate) fn content(path: &Path) -> Result<Vec<u8>, PackageError> {
    let mut bytes = Vec::new();
    file(path)?
        .take(limits::MAX_ZIP_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| PackageError::io("cannot be read", error))?;
    if bytes.len() as u64 > limits::MAX_ZIP_BYTES {
        return Err(zip_too_large());
    }
    Ok(bytes)
}

impl<R: Read + Seek> Zip<R> {
    /// Checks the zip's list of names and every header.
    pub(crate) fn open(mut reader: R) -> Result<Self, PackageError> {
        let names = directory(&mut reader)?;
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(*name)) {
            let name = String::from_utf8_lossy(name);
            return Err(PackageError::new(
                PackageErrorKind::Name,
                format!("{name:?} stands in it twice"),
            )
            .hint("rename one of them"));
        }
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let mut zip = ZipArchive::with_config(config, reader).map_err(malformed)?;
        list(&zip)?;
        zip.validate_header_consistency().map_err(malformed)?;
        Ok(Self { zip })
    }
}

impl<R: Read + Seek> Archive for Zip<R> {
    fn manifest(&mut self) -> Result<Vec<u8>, PackageError> {
        let listing = list(&self.zip)?;
        match listing
            .files
            .iter()
            .find(|(path, _)| path.as_str() == MANIFEST)
        {
            Some((_, size)) => manifest_of(self, *size),
            None => Err(no_manifest(where_is_the_manifest(&listing))),
        }
    }

    fn list(&mut self, layout: &Layout) -> Result<Listing, PackageError> {
        Ok(list(&self.zip)?.keep(layout))
    }

    fn copy(
        &mut self,
        file: &PackagePath,
        size: u64,
        to: &mut dyn Write,
    ) -> Result<(), PackageError> {
        let entry = match self.zip.index_for_name_raw(file.as_str().as_bytes()) {
            Some(at) => self.zip.by_index(at).map_err(malformed)?,
            None => return Err(malformed(ZipError::FileNotFound)),
        };
        copy_exactly(file, entry, size, to)
    }
}

/// Reads the end of the file and the list of names before it: raw names, in the list's order.
///
/// The end must be the last thing in the file, and the list must stand right before it: then
/// there is one list only, and nothing hides before, between or behind.
fn directory<R: Read + Seek>(reader: &mut R) -> Result<Vec<Vec<u8>>, PackageError> {
    let cannot = |error| PackageError::io("cannot be read", error);
    let length = reader.seek(SeekFrom::End(0)).map_err(cannot)?;
    let Some(end_at) = length.checked_sub(END_BYTES) else {
        return Err(no_zip());
    };
    let mut end = [0; END_BYTES as usize];
    reader.seek(SeekFrom::Start(end_at)).map_err(cannot)?;
    reader.read_exact(&mut end).map_err(cannot)?;
    if !end.starts_with(END_SIGNATURE) {
        return Err(no_zip());
    }
    let entries = usize::from(short(&end, 10));
    let (size, start) = (u64::from(long(&end, 12)), u64::from(long(&end, 16)));
    let mut before = [0; 4];
    if let Some(locator_at) = end_at.checked_sub(LOCATOR64_BYTES) {
        reader.seek(SeekFrom::Start(locator_at)).map_err(cannot)?;
        reader.read_exact(&mut before).map_err(cannot)?;
    }
    if before == LOCATOR64_SIGNATURE
        || entries == 0xFFFF
        || size == 0xFFFF_FFFF
        || start == 0xFFFF_FFFF
    {
        return Err(broken("it uses zip64, which no package needs")
            .hint("pack it from files, not from a stream"));
    }
    if short(&end, 4) != 0 || short(&end, 6) != 0 || short(&end, 8) != short(&end, 10) {
        return Err(broken("it is one part of a zip in several parts"));
    }
    if entries > limits::MAX_ENTRIES {
        return Err(too_large(format!(
            "more than {} entries",
            limits::MAX_ENTRIES
        )));
    }
    if size > limits::MAX_DIRECTORY_BYTES {
        let most = limits::MAX_DIRECTORY_BYTES >> 20;
        return Err(too_large(format!(
            "its list of names is larger than {most} MiB"
        )));
    }
    if start + size != end_at {
        return Err(broken(
            "its list of names does not stand where the end of the file says",
        ));
    }
    let mut list = vec![0; size as usize];
    reader.seek(SeekFrom::Start(start)).map_err(cannot)?;
    reader.read_exact(&mut list).map_err(cannot)?;
    names(&list, entries).ok_or_else(|| broken("its list of names is damaged"))
}

/// The names of a list that holds exactly `entries` of them.
fn names(mut list: &[u8], entries: usize) -> Option<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    while !list.is_empty() {
        let header = list.get(..ENTRY_BYTES)?;
        if !header.starts_with(ENTRY_SIGNATURE) {
            return None;
        }
        let name = usize::from(short(header, 28));
        let rest = usize::from(short(header, 30)) + usize::from(short(header, 32));
        names.push(list.get(ENTRY_BYTES..ENTRY_BYTES + name)?.to_vec());
        list = list.get(ENTRY_BYTES + name + rest..)?;
    }
    (names.len() == entries).then_some(names)
}

/// Every entry by what the list of names says of it.
fn list<R: Read + Seek>(zip: &ZipArchive<R>) -> Result<Listing, PackageError> {
    let mut listing = Listing::default();
    for at in 0..zip.len() {
        let entry = zip.by_index_data(at).map_err(malformed)?;
        listing.count()?;
        let name = std::str::from_utf8(entry.name_raw()).map_err(|error| {
            let lossy = String::from_utf8_lossy(entry.name_raw()).into_owned();
            PackageError::new(
                PackageErrorKind::Name,
                format!("the name {lossy:?} is not UTF-8"),
            )
            .caused_by(error)
            .hint("rename the file, or make the zip with a tool that writes UTF-8 names")
        })?;
        let kind = (entry.external_attributes() >> 16) & KIND_BITS;
        if let Some(folder) = name.strip_suffix('/') {
            PackagePath::parse(folder).map_err(|error| bad_name(name, &error))?;
            if !matches!(kind, 0 | KIND_FOLDER) {
                return Err(not_a_file(name, "named like a folder and is none"));
            }
            continue;
        }
        let path = PackagePath::parse(name).map_err(|error| bad_name(name, &error))?;
        match kind {
            0 | KIND_FILE => {}
            KIND_LINK => return Err(not_a_file(name, "a symbolic link")),
            _ => return Err(not_a_file(name, "a device, a pipe or another special file")),
        }
        if entry.encrypted() {
            return Err(broken(format!("`{path}` is encrypted")));
        }
        if !matches!(
            entry.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        ) {
            return Err(
                broken(format!("`{path}` is packed with {:?}", entry.compression()))
                    .hint("packages use deflate, or no compression"),
            );
        }
        let dense = entry.compressed_size().saturating_mul(limits::MAX_RATIO);
        listing.add(path, entry.size())?;
        if entry.size() > limits::RATIO_FREE_BYTES.max(dense) {
            return Err(too_large(format!(
                "`{name}` unpacks to more than {} times its packed size",
                limits::MAX_RATIO
            )));
        }
    }
    Ok(listing)
}

/// Zipping the folder instead of its content is the usual mistake.
fn where_is_the_manifest(listing: &Listing) -> String {
    let inside = listing
        .files
        .keys()
        .find_map(|path| path.as_str().strip_suffix("/manifest.yaml"));
    match inside.filter(|folder| !folder.contains('/')) {
        Some(folder) => {
            format!("it is inside `{folder}/`: zip what is in the folder, not the folder")
        }
        None => "it must stand at the top of the zip".to_owned(),
    }
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..at + 2)
        .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from(short(bytes, at)) | u32::from(short(bytes, at + 2)) << 16
}

fn zip_too_large() -> PackageError {
    too_large(format!(
        "the zip is larger than {} MiB",
        limits::MAX_ZIP_BYTES >> 20
    ))
}

fn no_zip() -> PackageError {
    broken("it is no zip, or it does not end where a zip ends")
        .hint("it may be cut short, or have a comment or other data behind its end; pack it again")
}

fn broken(what: impl Into<String>) -> PackageError {
    PackageError::new(PackageErrorKind::Malformed, what)
}

fn malformed(error: ZipError) -> PackageError {
    broken(format!("the zip is malformed: {error}"))
        .caused_by(error)
        .hint("pack it again")
}
