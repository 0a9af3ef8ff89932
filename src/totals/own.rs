//! Foreigners, and those of the reporter itself.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::Dimension;
use crate::codes::list::Codelist;
use crate::definition::Definition;

/// All that are not the reporter's own.
const FOREIGN: &str = "FOR";
/// Its own, who have a code by country too.
const NATIONALS: &str = "NAT";

/// Is some code about the reporter?
pub fn is_relative<S: AsRef<str>>(codes: &[S]) -> bool {
    codes.iter().any(|code| matches!(code.as_ref(), FOREIGN | NATIONALS))
}

impl<'a> Dimension<'a> {
    /// A dimension of codes, of figures whose `definitions` say who reports them. `definition` says which of them a row is
    /// of, where some code is about the reporter.
    pub fn reported<S: AsRef<str> + Sync>(
        name: &str,
        lists: &[&'static Codelist],
        keys: impl Into<Cow<'a, [i32]>>,
        codes: &[S],
        definitions: &[Definition],
        definition: &[i32],
    ) -> Self {
        let place = |wanted: &str| codes.iter().position(|code| code.as_ref() == wanted).map(|at| at as i32);
        let own: Vec<Option<i32>> = definitions.iter().map(|one| one.get("reporter").and_then(place)).collect();
        Self::with_own(name, lists, keys, codes, |row, key| own[definition[row] as usize] == Some(key))
    }

    /// A dimension of codes in which that of a row may be the reporter's own: foreigners are all others, so there it lies in
    /// `NAT` and not in `FOR`.
    pub fn with_own<S: AsRef<str> + Sync>(
        name: &str,
        lists: &[&'static Codelist],
        keys: impl Into<Cow<'a, [i32]>>,
        codes: &[S],
        is_own: impl Fn(usize, i32) -> bool,
    ) -> Self {
        let keys = keys.into();
        let relative = matches!(name, "origin" | "citizenship" | "birth") && is_relative(codes);
        if !relative || !keys.iter().enumerate().any(|(row, key)| is_own(row, *key)) {
            return Self::listed(name, lists, keys, codes);
        }
        // What is the reporter's own has a code beside the one that others have for it.
        let mut all: Vec<&str> = codes.iter().map(AsRef::as_ref).collect();
        let mut beside: FxHashMap<i32, i32> = FxHashMap::default();
        let mut keys = keys.into_owned();
        for (_, key) in keys.iter_mut().enumerate().filter(|(row, key)| is_own(*row, **key)) {
            *key = *beside.entry(*key).or_insert_with(|| {
                all.push(codes[*key as usize].as_ref());
                all.len() as i32 - 1
            });
        }
        let place = |wanted: &str| codes.iter().position(|code| code.as_ref() == wanted).map(|at| at as i32);
        let (foreign, nationals) = (place(FOREIGN), place(NATIONALS));
        let mut dimension = Self::listed(name, lists, keys, &all);
        for above in &mut dimension.above[codes.len()..] {
            above.retain(|outer| Some(*outer) != foreign);
            above.extend(nationals);
            above.sort_unstable();
        }
        dimension
    }
}
