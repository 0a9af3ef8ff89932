//! What codes say of a figure that is made from others.

use super::BASIS;

/// The basis of a figure that came about in several ways, which is the one farthest from what was seen.
pub fn basis<'a>(all: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    all.into_iter().max_by_key(|one| BASIS.iter().position(|known| known == one))
}

/// The observation status of a figure made from those of `olds`: a set of SDMX codes, with E where it is `estimated`.
/// Normal (A) stands beside nothing else, and normal beside normal stays normal.
pub fn status(olds: &[&str], estimated: bool) -> Option<String> {
    let said = olds.iter().flat_map(|set| set.split('+')).filter(|one| *one != "A");
    let mut all: Vec<&str> = said.chain(estimated.then_some("E")).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { (!olds.is_empty()).then(|| "A".to_owned()) } else { Some(all.join("+")) }
}
