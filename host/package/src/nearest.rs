//! "Did you mean …?": the known name that a mistyped one is most like.

/// The known name that takes the fewest edits to come to from `given`, if they are few
/// for its length.
///
/// ```
/// use goatkit_package::nearest;
///
/// assert_eq!(nearest("htpp", ["db", "http"]), Some("http"));
/// assert_eq!(nearest("weather", ["db", "http"]), None);
/// ```
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let edits = |name: &&str| strsim::osa_distance(given, name);
    let nearest = known.into_iter().min_by_key(edits);
    // One slip of the finger in three letters is a slip; more is another word.
    nearest.filter(|name| edits(name) <= given.len().div_ceil(3))
}
