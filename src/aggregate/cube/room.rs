//! Room for numbers that are 0 at first, in pages of 2 MB where there are many.
//!
//! Cells are visited in no order. In pages of 4 KB nearly every visit to a large cube would have to find out first where
//! its page lies, and every page would be cleared on its own when it is first seen.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use memmap2::MmapMut;

/// From so many bytes on, numbers have pages of their own.
const MANY: usize = 4 << 20;

/// Numbers in a row.
pub(super) struct Room<T>(Place<T>);

enum Place<T> {
    Few(Vec<T>),
    Many(MmapMut, PhantomData<T>),
}

impl<T: Pod> Room<T> {
    /// So many zeros.
    pub fn zeros(count: usize) -> Self {
        let bytes = count * size_of::<T>();
        let pages = (bytes >= MANY).then(|| MmapMut::map_anon(bytes).ok()).flatten();
        Self(match pages {
            Some(pages) => {
                // Where there are no larger pages, or none is free, these do.
                #[cfg(target_os = "linux")]
                let _ = pages.advise(memmap2::Advice::HugePage);
                Place::Many(pages, PhantomData)
            }
            None => Place::Few(vec![T::zeroed(); count]),
        })
    }

    /// The same with zeros behind them.
    pub fn grow(&mut self, count: usize) {
        match &mut self.0 {
            Place::Few(numbers) if count * size_of::<T>() < MANY => numbers.resize(count, T::zeroed()),
            _ => {
                let mut more = Self::zeros(count);
                more[..self.len()].copy_from_slice(self);
                *self = more;
            }
        }
    }
}

impl<T: Pod> Deref for Room<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::Few(numbers) => numbers,
            Place::Many(pages, _) => cast_slice(pages),
        }
    }
}

impl<T: Pod> DerefMut for Room<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Place::Few(numbers) => numbers,
            Place::Many(pages, _) => cast_slice_mut(pages),
        }
    }
}

impl<T: Pod> Clone for Room<T> {
    fn clone(&self) -> Self {
        let mut same = Self::zeros(self.len());
        same.copy_from_slice(self);
        same
    }
}

impl<T: Pod> fmt::Debug for Room<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_alike() {
        let many = MANY / size_of::<u128>() + 3;
        let mut room: Room<u128> = Room::zeros(5);
        room[4] = 7;
        for count in [6, many, many + 1] {
            room.grow(count);
            assert_eq!((room.len(), room[4], room[count - 1]), (count, 7, 0));
        }
        let mut other = room.clone();
        other[many] = 1;
        assert_eq!((room[many], other[4], other[many]), (0, 7, 1));
        assert_eq!(room.iter().map(|number| *number as u64).sum::<u64>(), 7);
    }
}
