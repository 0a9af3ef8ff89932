//! Every way to add, against the slow and obvious one.

use std::collections::BTreeMap;

use arrow::buffer::{BooleanBuffer, NullBuffer};
use proptest::prelude::*;

use super::block::{Block, exponent, lowest_bit};
use super::front::{Content, Front, Lane};
use super::*;
use crate::exact::power_of_two;

/// Columns that own what a [`Batch`] borrows.
#[derive(Clone, Debug)]
struct Table {
    dims: Vec<Codes>,
    take: Option<Vec<bool>>,
    value: Vec<Option<f64>>,
}

#[derive(Clone, Debug)]
struct Codes {
    outer: Option<Vec<i32>>,
    codes: Vec<i32>,
    width: usize,
    classes: Vec<u32>,
    size: u32,
}

fn pick<T: Clone>(column: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|&row| column[row].clone()).collect()
}

/// `offset` moves the start of the bitmap away from a byte.
fn bitmap(bits: Vec<bool>, offset: usize) -> BooleanBuffer {
    let padded: BooleanBuffer = std::iter::repeat_n(true, offset).chain(bits).collect();
    padded.slice(offset, padded.len() - offset)
}

impl Table {
    fn rows(&self) -> usize {
        self.value.len()
    }

    fn shape(&self) -> Vec<u32> {
        self.dims.iter().map(|dim| dim.size).collect()
    }

    /// Some of the rows, in some order.
    fn take_rows(&self, order: &[usize]) -> Self {
        let dims = self.dims.iter().map(|dim| Codes {
            outer: dim.outer.as_ref().map(|outer| pick(outer, order)),
            codes: pick(&dim.codes, order),
            ..dim.clone()
        });
        Self {
            dims: dims.collect(),
            take: self.take.as_ref().map(|take| pick(take, order)),
            value: pick(&self.value, order),
        }
    }

    fn add_to(&self, sums: &mut Accumulator, offset: usize) -> Result<(), Error> {
        // What stands where there is no value must not be looked at.
        let values: Vec<f64> = self.value.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let all = self.value.iter().all(Option::is_some);
        let valid = (!all).then(|| NullBuffer::new(bitmap(self.value.iter().map(Option::is_some).collect(), offset)));
        let take = self.take.clone().map(|take| bitmap(take, offset));
        let dims = self.dims.iter().map(|dim| {
            let codes = Column::plain("code", &dim.codes);
            let codes = match &dim.outer {
                None => super::Codes::One(codes),
                Some(outer) => {
                    super::Codes::Two { outer: Column::plain("outer", outer), inner: codes, width: dim.width }
                }
            };
            Dim { codes, classes: &dim.classes }
        });
        let value = Values::floats(&values, valid.as_ref());
        let batch = Batch { rows: self.rows(), dims: dims.collect(), take: take.as_ref(), value };
        sums.update(&batch, &Watch::default())
    }

    fn sum(&self, threads: usize, limits: &Limits, offset: usize) -> Result<Accumulator, Error> {
        let mut sums = Accumulator::within(&self.shape(), threads, self.rows().max(threads), limits)?;
        self.add_to(&mut sums, offset)?;
        Ok(sums)
    }

    /// The slow and obvious version: the cells, and the rows without a class.
    fn reference(&self) -> (Cells, u64) {
        let mut groups: BTreeMap<Vec<u32>, Total> = BTreeMap::new();
        let mut left_out = 0;
        for row in 0..self.rows() {
            if self.take.as_ref().is_some_and(|take| !take[row]) {
                continue;
            }
            let key: Vec<u32> = self
                .dims
                .iter()
                .map(|dim| {
                    let outer = dim.outer.as_ref().map_or(0, |outer| outer[row] as usize);
                    dim.classes[outer * dim.width + dim.codes[row] as usize]
                })
                .collect();
            if key.contains(&NONE) {
                left_out += 1;
                continue;
            }
            let group = groups.entry(key).or_default();
            group.rows += 1;
            match self.value[row] {
                Some(value) => group.sum.add(value),
                None => group.nulls += 1,
            }
        }
        let size = self.dims.first().map_or(1, |dim| dim.size as usize);
        let mut rounding = vec![ExactSum::new(); size];
        for (key, group) in &groups {
            let rounding = &mut rounding[key.first().map_or(0, |&class| class as usize)];
            if group.sum.value().is_finite() {
                rounding.merge(&group.sum);
                rounding.sub(group.sum.value());
            }
        }
        let blank = groups.values().enumerate().filter(|(_, group)| group.rows == group.nulls).map(|(at, _)| at);
        let cells = Cells {
            keys: (0..self.dims.len()).map(|dim| groups.keys().map(|key| key[dim]).collect()).collect(),
            sum: groups.values().map(|group| group.sum.value()).collect(),
            blank: blank.collect(),
            rows: groups.values().map(|group| group.rows).sum(),
            nulls: groups.values().map(|group| group.nulls).sum(),
            figures: groups.values().map(|group| group.rows).collect(),
            valued: groups.values().map(|group| group.rows - group.nulls).collect(),
            rounding,
        };
        (cells, left_out)
    }
}

/// Equal to the last bit: `==` takes -0 for 0.
fn same(a: &Cells, b: &Cells) -> bool {
    let bits = |cells: &Cells| cells.sum.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>();
    a == b && bits(a) == bits(b)
}

/// Every layout: a cube for each thread, one cube in stretches, a hash table.
fn ways() -> [Limits; 3] {
    let base = Limits { rows_per_thread: 1, rows_per_own_cell: 0, ..Limits::default() };
    [
        base.clone(),
        Limits { private_cells: 0, ..base.clone() },
        Limits { dense_cells: 0, dense_cells_per_row: 0, ..base },
    ]
}

fn column(rows: usize) -> impl Strategy<Value = Codes> {
    (1..9u32, 1..7usize, prop_oneof![Just(0usize), 1..5usize], 0..4u8).prop_flat_map(
        move |(size, count, outer, kind)| {
            let class = prop_oneof![6 => 0..size, 1 => Just(NONE)];
            let classes = prop::collection::vec(class, count * outer.max(1));
            // Codes that are classes already take another path.
            let own = (0..count as u32).collect::<Vec<_>>();
            let (classes, size) =
                if kind == 0 && outer == 0 { (Just(own).boxed(), count as u32) } else { (classes.boxed(), size) };
            let codes = prop::collection::vec(0..count as i32, rows);
            let outer = match outer {
                0 => Just(None).boxed(),
                outer => prop::collection::vec(0..outer as i32, rows).prop_map(Some).boxed(),
            };
            (classes, codes, outer).prop_map(move |(classes, codes, outer)| Codes {
                outer,
                codes,
                width: count,
                classes,
                size,
            })
        },
    )
}

fn values(rows: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
    // What a table holds is of a kind, and the kind decides the method.
    (0..7u8, prop::bool::weighted(0.7)).prop_flat_map(move |(kind, nulls)| {
        let value = match kind {
            0 => (-1000..1_000_000i32).prop_map(f64::from).boxed(),
            1 => (-1000..1_000_000i32).prop_map(|n| f64::from(n) / 8.0).boxed(),
            2 => (-1e6..1e9f64).boxed(),
            3 => (-40.0..40.0f64).prop_map(f64::exp).boxed(),
            4 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |v| v.is_finite()).boxed(),
            5 => {
                prop_oneof![20 => 0.0..1e5f64, 1 => Just(1e-300), 1 => Just(-1e300), 1 => Just(5e-324), 1 => Just(-0.0)]
                    .boxed()
            }
            _ => (0..1000u64).prop_map(f64::from_bits).boxed(),
        };
        let value = if nulls { prop::option::weighted(0.8, value).boxed() } else { value.prop_map(Some).boxed() };
        prop::collection::vec(value, rows)
    })
}

fn table() -> impl Strategy<Value = Table> {
    prop_oneof![3 => 0..40usize, 2 => 200..900usize].prop_flat_map(|rows| {
        (
            prop::collection::vec(column(rows), 0..4),
            prop::option::weighted(0.3, prop::collection::vec(prop::bool::weighted(0.7), rows)),
            values(rows),
        )
            .prop_map(|(dims, take, value)| Table { dims, take, value })
    })
}

fn shuffled() -> impl Strategy<Value = (Table, Vec<usize>)> {
    table().prop_flat_map(|table| {
        let order: Vec<usize> = (0..table.rows()).collect();
        (Just(table), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_way_gives_the_bits_of_the_reference(table in table(), offset in 0..9usize) {
        let (expected, left_out) = table.reference();
        let has = |keys: &Vec<u32>, class: u32| keys.contains(&class);
        let reached: Vec<Vec<bool>> =
            table.shape().iter().zip(&expected.keys).map(|(size, keys)| (0..*size).map(|c| has(keys, c)).collect()).collect();
        for limits in ways() {
            for threads in [1, 2, 5] {
                let mut sums = table.sum(threads, &limits, offset).unwrap();
                prop_assert_eq!(sums.left_out().rows, left_out);
                prop_assert_eq!(&sums.reached(), &reached);
                let cells = sums.cells(true);
                prop_assert!(same(&cells, &expected), "{threads} threads, {limits:?}\n{cells:?}\n{expected:?}");
            }
        }
    }

    #[test]
    fn what_came_in_is_what_is_in_some_cell(table in table()) {
        let all: ExactSum = table.value.iter().flatten().copied().collect();
        for limits in ways() {
            let mut sums = table.sum(3, &limits, 0).unwrap();
            prop_assert_eq!(&sums.taken().sum, &all);
            prop_assert_eq!(sums.taken().rows, table.rows() as u64);
            prop_assert_eq!(sums.taken().nulls, table.value.iter().filter(|value| value.is_none()).count() as u64);
            let mut out = Total::default();
            let mut add = |total: &Total| {
                out.rows += total.rows;
                out.nulls += total.nulls;
                out.sum.merge(&total.sum);
            };
            add(&sums.left_out());
            add(&sums.not_taken());
            sums.each(|_, total| add(total));
            prop_assert_eq!(&out, sums.taken());
        }
    }

    #[test]
    fn neither_order_nor_batches_nor_merging_change_a_bit(
        (table, order) in shuffled(), cut in any::<prop::sample::Index>(), pieces in 1..4usize,
    ) {
        let (expected, _) = table.reference();
        let cut = if order.is_empty() { 0 } else { cut.index(order.len()) };
        for limits in ways() {
            let make = || Accumulator::within(&table.shape(), 2, 8, &limits).unwrap();
            let (mut a, mut b) = (make(), make());
            for piece in order[..cut].chunks(order.len().div_ceil(pieces).max(1)) {
                table.take_rows(piece).add_to(&mut a, 1).unwrap();
            }
            table.take_rows(&order[cut..]).add_to(&mut b, 3).unwrap();
            let (mut ab, mut ba, mut again) = (a.clone(), b.clone(), make());
            ab.merge(&b);
            ba.merge(&a);
            prop_assert!(same(&ab.cells(true), &expected));
            prop_assert!(same(&ba.cells(true), &expected));
            // Cell by cell, as when it has been on its way between machines.
            ab.each(|classes, total| again.put(classes, total.rows, total.nulls, &total.sum));
            prop_assert!(same(&again.cells(true), &expected));
        }
    }

    #[test]
    fn cells_brought_together_are_the_cells_of_the_rows(table in table(), seed in any::<u64>()) {
        // Some dimensions are summed over, others get other classes, some of them none.
        let mut state = seed | 1;
        let mut next = |below: u32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % u64::from(below)) as u32
        };
        // Half of the time no two become one: classes in another order, some of them gone.
        let reorder = next(2) == 0;
        let mut classes = Vec::new();
        let mut shape = Vec::new();
        for dim in &table.dims {
            if reorder {
                let mut kept: Vec<u32> = (0..dim.size).filter(|_| next(9) > 0).collect();
                (1..kept.len()).rev().for_each(|at| kept.swap(at, next(at as u32 + 1) as usize));
                let place = |class| kept.iter().position(|old| *old == class).map_or(NONE, |at| at as u32);
                classes.push((0..dim.size).map(place).collect::<Vec<u32>>());
                shape.push(kept.len() as u32);
            } else {
                let size = if next(2) == 0 { 1 } else { dim.size };
                classes.push((0..dim.size).map(|_| if next(9) == 0 { NONE } else { next(size) }).collect());
                shape.push(size);
            }
        }
        let mut coarse = table.clone();
        for ((dim, classes), &size) in coarse.dims.iter_mut().zip(&classes).zip(&shape) {
            dim.size = size;
            dim.classes.iter_mut().filter(|class| **class != NONE).for_each(|class| *class = classes[*class as usize]);
        }
        let (expected, left_out) = coarse.reference();
        for limits in ways() {
            let mut fine = table.sum(2, &limits, 0).unwrap();
            let mut sums = fine.project(&classes, &shape, 2).unwrap();
            prop_assert!(same(&sums.cells(true), &expected));
            prop_assert_eq!(sums.left_out().rows, left_out);
            prop_assert_eq!(sums.taken(), fine.taken());
        }
    }

    #[test]
    fn keys_and_numbers_of_every_type_mean_the_same(
        rows in prop::collection::vec((prop::option::weighted(0.8, 3..40u8), prop::option::weighted(0.8, 0..100u8)), 0..700),
    ) {
        let codes: Vec<i32> = rows.iter().map(|(code, _)| code.map_or(37, |code| i32::from(code) - 3)).collect();
        let classes: Vec<u32> = (0..38).collect();
        let table = Table {
            dims: vec![Codes { outer: None, codes, width: 38, classes: classes.clone(), size: 38 }],
            take: None,
            value: rows.iter().map(|(_, value)| value.map(f64::from)).collect(),
        };
        let (expected, _) = table.reference();
        let known = NullBuffer::from(rows.iter().map(|(code, _)| code.is_some()).collect::<Vec<_>>());
        let valid = NullBuffer::from(rows.iter().map(|(_, value)| value.is_some()).collect::<Vec<_>>());
        // What lies under a null is not looked at.
        let key = |row: &(Option<u8>, Option<u8>)| row.0.unwrap_or(120);
        let number = |row: &(Option<u8>, Option<u8>)| row.1.unwrap_or(121);
        macro_rules! check {
            ($kind:ident, $rust:ty) => {
                let keys: Vec<$rust> = rows.iter().map(|row| key(row) as $rust).collect();
                let numbers: Vec<$rust> = rows.iter().map(|row| number(row) as $rust).collect();
                let column = Column { name: "c", keys: Keys::$kind(&keys), base: 3, valid: Some(&known), blank: 37 };
                let value = Values { numbers: Numbers::$kind(&numbers), valid: Some(&valid) };
                let dims = vec![Dim { codes: super::Codes::One(column), classes: &classes }];
                let mut sums = Accumulator::new(&[38], 1, rows.len()).unwrap();
                sums.update(&Batch { rows: rows.len(), dims, take: None, value }, &Watch::default()).unwrap();
                prop_assert!(same(&sums.cells(true), &expected));
            };
        }
        check!(I8, i8);
        check!(U8, u8);
        check!(I16, i16);
        check!(U16, u16);
        check!(I32, i32);
        check!(U32, u32);
        check!(I64, i64);
        check!(U64, u64);
    }

    #[test]
    fn whole_numbers_of_64_bits_are_exact(numbers in prop::collection::vec(any::<i64>(), 0..600)) {
        let value = Values { numbers: Numbers::I64(&numbers), valid: None };
        let mut sums = Accumulator::new(&[], 2, 8).unwrap();
        sums.update(&Batch { rows: numbers.len(), dims: Vec::new(), take: None, value }, &Watch::default()).unwrap();
        let sum = numbers.iter().map(|&number| i128::from(number)).sum::<i128>();
        prop_assert_eq!(sums.cells(false).sum, if numbers.is_empty() { vec![] } else { vec![sum as f64] });
    }

    #[test]
    fn a_code_without_a_class_is_an_error_that_names_the_first_row(
        table in table(), at in any::<prop::sample::Index>(), wrong in prop_oneof![-5..0, 1000..1005, Just(i32::MIN), Just(i32::MAX)],
    ) {
        let mut table = table;
        prop_assume!(table.rows() > 0 && !table.dims.is_empty());
        let row = at.index(table.rows());
        let dim = at.index(table.dims.len());
        let name = match &mut table.dims[dim] {
            Codes { outer: Some(outer), .. } if wrong % 2 == 0 => {
                outer[row] = wrong;
                "outer"
            }
            Codes { codes, .. } => {
                codes[row] = wrong;
                "code"
            }
        };
        for limits in ways() {
            let error = table.sum(3, &limits, 0).unwrap_err();
            let start = format!("row {row}: key {wrong} of {name:?} points beyond its ");
            prop_assert!(matches!(&error, Error::Schema(text) if text.starts_with(&start)), "{error}");
        }
    }

    #[test]
    fn fixed_point_is_the_value(mantissa in -(1i64 << 53)..1 << 53, up in 0..40i32, unit in -1074..900i32, zeros in 0..53u32) {
        let value = ((mantissa >> zeros << zeros) as f64) * 2f64.powi(up) * power_of_two(unit);
        prop_assume!(value.is_finite());
        let mut block = Block::new();
        block.value[200] = value;
        let all = block.fix(unit);
        let content = super::front::open_wide(u128::from(block.high[200]) << 64 | u128::from(block.low[200]));
        prop_assert_eq!(content.sum, i128::from(mantissa >> zeros << zeros) << up);
        prop_assert_eq!(super::front::open_wide(all).sum, content.sum);
        prop_assert_eq!(content.rows, 1);
        prop_assert_eq!(super::front::exact(content.sum, unit).value(), value);
    }

    #[test]
    fn the_lowest_bit_is_the_largest_power_of_two_that_divides(value in any::<u64>().prop_map(f64::from_bits)) {
        prop_assume!(value.is_finite() && value != 0.0);
        let bit = lowest_bit(value);
        prop_assert_eq!(bit, power_of_two(exponent(bit)));
        // The quotient is an odd whole number; it may need two steps where it overflows.
        let odd = value.abs() / bit;
        prop_assert!(odd % 2.0 == 1.0, "{} / {}", value, bit);
    }
}

fn block(values: &[f64]) -> Block {
    let mut block = Block::new();
    block.load(&Values::floats(values, None), 0, values.len());
    block
}

#[test]
fn full_cells_are_moved_aside_and_nothing_is_lost() {
    for value in [3.0, 0.1] {
        let mut front = Front::new(3, 3);
        front.add(&[0, 1], &mut block(&[value, value])).unwrap();
        let unit = front.unit();
        // Nearly all rows that a cell can count, and nearly all that it can hold.
        for _ in 0..8 {
            front.put(0, Content { sum: 0, rows: (1 << 23) - 1 }, unit);
        }
        let large = if value == 3.0 { 1i128 << 35 } else { 1 << 99 };
        for _ in 0..64 {
            front.put(1, Content { sum: large, rows: 1 }, unit);
        }
        for _ in 0..70_000 {
            front.add(&[0; 256], &mut block(&[value; 256])).unwrap();
        }
        let (first, second) = (front.whole(0), front.whole(1));
        assert_eq!(first.rows, 1 + 8 * ((1 << 23) - 1) + 70_000 * 256);
        let expected: ExactSum = (0..=70_000 * 256).map(|_| value).collect();
        assert_eq!(first.sum, expected);
        let mut expected: ExactSum = [value].into_iter().collect();
        (0..64).for_each(|_| expected.merge(&super::front::exact(large, unit)));
        assert_eq!((second.rows, second.sum), (65, expected));
    }
}

#[test]
fn the_unit_follows_the_values() {
    // Tiny values first: without another unit all that follow would be set aside one by one.
    let mut front = Front::new(2, 2);
    front.add(&[0; 256], &mut block(&[1e-30; 256])).unwrap();
    let fine = front.unit();
    let large: Vec<f64> = (0..256).map(|k| 1e12 + f64::from(k) / 8.0).collect();
    for _ in 0..100 {
        front.add(&[1; 256], &mut block(&large)).unwrap();
    }
    assert!(front.unit() > fine && matches!(front.lane, Lane::Wide { .. }));
    assert_eq!(front.whole(0).sum, (0..256).map(|_| 1e-30).collect());
    assert_eq!(front.whole(1).sum, (0..100).flat_map(|_| large.iter().copied()).collect());
}

fn totals(values: Vec<Option<f64>>) -> Table {
    Table { dims: Vec::new(), take: None, value: values }
}

#[test]
fn a_value_that_is_not_finite_is_an_error_and_an_overflow_is_not() {
    let limits = Limits::default();
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut values = vec![Some(1.0); 700];
        values[600] = Some(wrong);
        let error = totals(values).sum(2, &limits, 0).unwrap_err();
        assert!(matches!(&error, Error::Schema(text) if text.starts_with("row 600: the value ")), "{error}");
    }
    let mut sums = totals(vec![Some(f64::MAX), Some(f64::MAX), Some(-f64::MAX)]).sum(1, &limits, 0).unwrap();
    assert_eq!(sums.cells(false).sum, [f64::MAX]);
}

#[test]
fn nothing_gives_no_cells_and_a_group_of_nulls_is_a_group() {
    let limits = Limits::default();
    let nothing = Cells { rounding: vec![ExactSum::new()], ..Cells::default() };
    assert_eq!(totals(Vec::new()).sum(4, &limits, 0).unwrap().cells(true), nothing);
    let cells = totals(vec![None, None]).sum(1, &limits, 0).unwrap().cells(true);
    assert_eq!((cells.sum, cells.figures, cells.valued, cells.blank), (vec![0.0], vec![2], vec![0], vec![0]));
}

#[test]
fn too_many_possible_cells_are_an_error() {
    let dims = (0..3).map(|_| Codes { outer: None, codes: vec![0], width: 1, classes: vec![0], size: 1 << 30 });
    let table = Table { dims: dims.collect(), ..totals(vec![Some(1.0)]) };
    assert!(matches!(table.sum(1, &Limits::default(), 0), Err(Error::Schema(_))));
}

#[test]
fn it_stops_when_told_to() {
    let values = vec![1.0; 3000];
    // What ticks is on another thread and asks at once: the work has to notice by itself.
    let out = crate::watch::watched(
        |watch| {
            let mut sums = Accumulator::new(&[], 1, 1)?;
            loop {
                let value = Values::floats(&values, None);
                sums.update(&Batch { rows: values.len(), dims: Vec::new(), take: None, value }, watch)?;
            }
        },
        &mut |_| Err::<(), _>(Error::Stopped("enough".into())),
    );
    let out: Result<(), Error> = out;
    assert!(matches!(out, Err(Error::Stopped(_))));
}
