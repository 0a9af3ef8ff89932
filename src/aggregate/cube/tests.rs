//! Every way to add, against the slow and obvious one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Columns that own what an [`Input`] borrows.
#[derive(Clone, Debug)]
struct Table {
    dims: Vec<Column>,
    take: Option<Vec<bool>>,
    value: Vec<Option<f64>>,
    low: Option<Vec<Option<f64>>>,
    high: Option<Vec<Option<f64>>>,
}

#[derive(Clone, Debug)]
struct Column {
    outer: Option<Vec<i32>>,
    codes: Vec<i32>,
    width: usize,
    classes: Vec<u32>,
    size: u32,
}

impl Table {
    fn rows(&self) -> usize {
        self.value.len()
    }

    /// The rows in another order.
    fn take_rows(&self, order: &[usize]) -> Self {
        fn pick<T: Copy>(column: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|&row| column[row]).collect()
        }
        Self {
            dims: self
                .dims
                .iter()
                .map(|dim| Column {
                    outer: dim.outer.as_ref().map(|outer| pick(outer, order)),
                    codes: pick(&dim.codes, order),
                    ..dim.clone()
                })
                .collect(),
            take: self.take.as_ref().map(|take| pick(take, order)),
            value: pick(&self.value, order),
            low: self.low.as_ref().map(|low| pick(low, order)),
            high: self.high.as_ref().map(|high| pick(high, order)),
        }
    }

    /// `offset` moves the start of the bitmaps away from a byte.
    fn sum(&self, threads: usize, limits: &Limits, offset: usize) -> Result<Cells, Error> {
        let bitmap = |bits: Vec<bool>| {
            let padded: BooleanBuffer = std::iter::repeat_n(true, offset).chain(bits).collect();
            padded.slice(offset, padded.len() - offset)
        };
        // What stands where there is no value must not be looked at.
        let split = |column: &[Option<f64>]| {
            let values: Vec<f64> = column.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            let all = column.iter().all(Option::is_some);
            (values, (!all).then(|| NullBuffer::new(bitmap(column.iter().map(Option::is_some).collect()))))
        };
        let take = self.take.clone().map(bitmap);
        let [value, low, high] =
            [Some(&self.value), self.low.as_ref(), self.high.as_ref()].map(|c| c.map(|c| split(c)));
        let [value, low, high] = [&value, &low, &high]
            .map(|column| column.as_ref().map(|(values, valid)| Values { values, valid: valid.as_ref() }));
        let dims = self.dims.iter().map(|dim| {
            let (codes, width) = (&dim.codes[..], dim.width);
            let codes = match &dim.outer {
                None => Codes::One(codes),
                Some(outer) => Codes::Two { outer, inner: codes, width },
            };
            Dim { codes, classes: &dim.classes, size: dim.size }
        });
        let input = Input { dims: dims.collect(), rows: take.as_ref(), value: value.unwrap(), low, high };
        sum_within(&input, threads, &Watch::default(), limits)
    }

    /// The slow and obvious version.
    fn reference(&self) -> Cells {
        #[derive(Default)]
        struct Group([ExactSum; 3], u64, [u64; 3]);
        let mut groups: BTreeMap<Vec<u32>, Group> = BTreeMap::new();
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
            group.1 += 1;
            let columns = [Some(&self.value), self.low.as_ref(), self.high.as_ref()];
            for ((sum, valued), column) in group.0.iter_mut().zip(&mut group.2).zip(columns) {
                let value = column.and_then(|column| column[row]);
                sum.extend(value);
                *valued += u64::from(value.is_some());
            }
        }
        let size = self.dims.first().map_or(1, |dim| dim.size as usize);
        let mut rounding = vec![ExactSum::new(); size];
        for (key, group) in &groups {
            let rounding = &mut rounding[key.first().map_or(0, |&class| class as usize)];
            if group.0[0].value().is_finite() {
                rounding.merge(&group.0[0]);
                rounding.sub(group.0[0].value());
            }
        }
        let valued = |at: usize| groups.values().map(|group| group.2[at]).collect::<Vec<_>>();
        let sums = |at: usize| groups.values().map(|group| group.0[at].value()).collect::<Vec<_>>();
        Cells {
            keys: (0..self.dims.len()).map(|dim| groups.keys().map(|key| key[dim]).collect()).collect(),
            sum: sums(0),
            figures: groups.values().map(|group| group.1).collect(),
            valued: valued(0),
            low: self.low.as_ref().map(|_| Bounds { sum: sums(1), valued: valued(1) }),
            high: self.high.as_ref().map(|_| Bounds { sum: sums(2), valued: valued(2) }),
            left_out,
            rounding,
        }
    }
}

/// Equal to the last bit: `==` takes -0 for 0.
fn same(a: &Cells, b: &Cells) -> bool {
    let bits = |cells: &Cells| {
        let bounds = |bounds: &'_ Option<Bounds>| bounds.as_ref().map(|bounds| bounds.sum.clone());
        let columns = [Some(cells.sum.clone()), bounds(&cells.low), bounds(&cells.high)];
        columns.map(|column| column.map(|column| column.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>()))
    };
    a == b && bits(a) == bits(b)
}

/// Every way to add: layout, private cubes or shares, method.
fn ways() -> Vec<Limits> {
    let base = Limits { rows_per_thread: 1, ..Limits::default() };
    let layouts = [
        base.clone(),
        // One cube whatever the threads.
        Limits { private_bytes: 0, ..base.clone() },
        Limits { dense_cells: 0, dense_cells_per_row: 0, ..base },
    ];
    layouts.iter().flat_map(|layout| (0..3).map(|method| Limits { method, ..layout.clone() })).collect()
}

fn column(rows: usize) -> impl Strategy<Value = Column> {
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
            (classes, codes, outer).prop_map(move |(classes, codes, outer)| Column {
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
            prop::option::weighted(0.3, values(rows)),
            prop::option::weighted(0.3, values(rows)),
        )
            .prop_map(|(dims, take, value, low, high)| Table { dims, take, value, low, high })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_way_gives_the_bits_of_the_reference(table in table(), offset in 0..9usize) {
        let expected = table.reference();
        for limits in ways() {
            for threads in [1, 2, 5] {
                let cells = table.sum(threads, &limits, offset).unwrap();
                prop_assert!(same(&cells, &expected), "{threads} threads, {limits:?}\n{cells:?}\n{expected:?}");
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter((table, order) in table().prop_flat_map(|table| {
        let order: Vec<usize> = (0..table.rows()).collect();
        (Just(table), Just(order).prop_shuffle())
    })) {
        let limits = Limits::default();
        let (a, b) = (table.sum(1, &limits, 0).unwrap(), table.take_rows(&order).sum(3, &limits, 3).unwrap());
        prop_assert!(same(&a, &b));
    }

    #[test]
    fn a_code_without_a_class_is_an_error_that_names_the_first_row(
        table in table(), at in any::<prop::sample::Index>(), wrong in prop_oneof![-5..0, 1000..1005, Just(i32::MIN), Just(i32::MAX)],
    ) {
        let mut table = table;
        prop_assume!(table.rows() > 0 && !table.dims.is_empty());
        let row = at.index(table.rows());
        let dim = at.index(table.dims.len());
        match &mut table.dims[dim] {
            Column { outer: Some(outer), .. } if wrong % 2 == 0 => outer[row] = wrong,
            Column { codes, .. } => codes[row] = wrong,
        }
        for limits in ways() {
            let error = table.sum(3, &limits, 0).unwrap_err();
            prop_assert!(matches!(&error, Error::Schema(text) if text.starts_with(&format!("row {row}: code {wrong} of dimension {dim} "))), "{error}");
        }
    }

    #[test]
    fn fixed_point_is_the_value(mantissa in -(1i64 << 53)..1 << 53, up in 0..70i32, unit in -1074..900i32, zeros in 0..53u32) {
        let value = ((mantissa >> zeros << zeros) as f64) * 2f64.powi(up) * power_of_two(unit);
        prop_assume!(value.is_finite());
        let mut terms = Terms::new();
        terms.value[200] = value;
        fix(unit, &mut terms);
        let mut cell = Wide::default();
        Cell::add(&mut cell, &terms, 200);
        prop_assert_eq!(cell.sum(), i128::from(mantissa >> zeros << zeros) << up);
        prop_assert_eq!(cell.value(unit), value);
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

fn totals(values: Vec<Option<f64>>) -> Table {
    Table { dims: Vec::new(), take: None, value: values, low: None, high: None }
}

#[test]
fn the_method_is_the_cheapest_that_is_exact() {
    let method = |values: &[f64]| {
        let column = Values { values, valid: None };
        survey(column, 1, &Watch::default()).unwrap().method(column, &Limits::default()).unwrap()
    };
    let big = (1u64 << 53) as f64;
    assert_eq!(method(&[]), Method::Narrow(0));
    assert_eq!(method(&[0.0, -0.0]), Method::Narrow(0));
    assert_eq!(method(&[1.0, -3.0, 1e15]), Method::Narrow(0));
    assert_eq!(method(&[0.5, 0.25, 1e12]), Method::Narrow(-2));
    assert_eq!(method(&[big, -1.0]), Method::Narrow(0));
    assert_eq!(method(&[0.1, 0.2]), Method::Narrow(-55));
    assert_eq!(method(&[0.1, 1e5]), Method::Wide(-55));
    assert_eq!(method(&[2f64.powi(60), 1.0]), Method::Narrow(0));
    assert_eq!(method(&[2f64.powi(61), 1.0]), Method::Wide(0));
    assert_eq!(method(&[2f64.powi(124), 1.0]), Method::Wide(0));
    assert_eq!(method(&[5e-324, 1e-310]), Method::Wide(-1074));
    assert_eq!(method(&[f64::MAX, f64::MAX]), Method::Window(WINDOW_TOP + 1 - WIDE_BITS));
    assert_eq!(method(&[1e-300, 1.0]), Method::Window(WINDOW_TOP + 1 - WIDE_BITS));
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
    let cells = totals(vec![Some(f64::MAX), Some(f64::MAX), Some(-f64::MAX)]).sum(1, &limits, 0).unwrap();
    assert_eq!(cells.sum, [f64::MAX]);
}

#[test]
fn nothing_gives_no_cells_and_a_group_of_nulls_is_a_group() {
    let limits = Limits::default();
    let nothing = Cells { rounding: vec![ExactSum::new()], ..Cells::default() };
    assert_eq!(totals(Vec::new()).sum(4, &limits, 0).unwrap(), nothing);
    let cells = totals(vec![None, None]).sum(1, &limits, 0).unwrap();
    assert_eq!((cells.sum, cells.figures, cells.valued), (vec![0.0], vec![2], vec![0]));
}

#[test]
fn too_many_possible_cells_are_an_error() {
    let dims = (0..3).map(|_| Column { outer: None, codes: vec![0], width: 1, classes: vec![0], size: 1 << 30 });
    let table = Table { dims: dims.collect(), ..totals(vec![Some(1.0)]) };
    assert!(matches!(table.sum(1, &Limits::default(), 0), Err(Error::Schema(_))));
}

#[test]
fn it_stops_when_told_to() {
    let table = totals(vec![Some(1.0); 3000]);
    let values: Vec<f64> = table.value.iter().flatten().copied().collect();
    let input = || Input {
        dims: Vec::new(),
        rows: None,
        value: Values { values: &values, valid: None },
        low: None,
        high: None,
    };
    // What ticks is on another thread and asks at once: the work has to notice by itself.
    let out = crate::watch::watched(
        |watch| {
            loop {
                sum(&input(), 1, watch)?;
            }
        },
        &mut |_| Err::<(), _>(Error::Stopped("enough".into())),
    );
    let out: Result<(), Error> = out;
    assert!(matches!(out, Err(Error::Stopped(_))));
}
