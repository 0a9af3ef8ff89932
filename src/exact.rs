//! Sums of f64 that are exact, so that the order of the rows, the chunks and the threads cannot change a bit.
//!
//! [`ExactSum`] is a superaccumulator: one wide fixed-point integer whose unit is 2⁻¹⁰⁷⁴, the smallest f64, cut into limbs of
//! 32 bits that each sit in an i64. An addition puts a shifted mantissa into two neighbouring limbs and leaves the carries
//! for later, as in the small superaccumulator of R. M. Neal, *Fast exact summation using small and large superaccumulators*
//! (2015, arXiv:1505.05571). Figures are mostly whole numbers, so there is a lane before the limbs: an i128 in units of 2⁻⁶⁴
//! takes every value below 2⁶² that has no bits under 2⁻⁶⁴, and the limbs are only allocated when a value does not fit.
//!
//! Integer addition is associative and commutative; rounding happens once, in [`ExactSum::value`]. [`ExactSum::components`] writes the
//! sum as a nonoverlapping expansion (J. R. Shewchuk, *Adaptive precision floating-point arithmetic and fast robust
//! geometric predicates*, Discrete & Computational Geometry 18, 1997), so that it travels in a column of f64 without loss.

use std::fmt;

/// Bits of a limb; the other half of its i64 collects carries.
const LIMB_BITS: u32 = 32;
/// 66 full limbs hold 2112 bits, all an f64 can set (2098) and 14 more; the last one takes 63 bits of carries.
const LIMBS: usize = 67;
/// An addition moves a limb by less than 2⁵², so 1024 of them on top of a carried limb stay below 2⁶³.
const ROOM: u32 = 1024;
/// The lane's unit is 2⁻⁶⁴; in units of 2⁻¹⁰⁷⁴ that is a shift by this.
const LANE_SHIFT: u32 = 1074 - 64;
/// The lane stays below 2¹²⁶ in magnitude, so that no addition to it can overflow.
const LANE_BITS: u32 = 126;

/// An exact sum of finite f64, the same whatever the order of its additions.
///
/// ```
/// # use migstat::exact::ExactSum;
/// let sum: ExactSum = [1e300, 1.0, -1e300].into_iter().collect();
/// assert_eq!(sum.value(), 1.0);
/// ```
#[derive(Clone, Default)]
pub struct ExactSum {
    /// Units of 2⁻⁶⁴; the sum is lane and limbs together.
    lane: i128,
    limbs: Option<Box<Limbs>>,
}

#[derive(Clone)]
struct Limbs {
    /// Limb `k` counts units of 2^(32 k - 1074) and may be negative or above 2³² until carried.
    limb: [i64; LIMBS],
    /// Additions left before the carries must move.
    room: u32,
}

impl ExactSum {
    /// The empty sum, 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Add a finite value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        debug_assert!(value.is_finite(), "the sum of {value} is not a number");
        let (mantissa, shift) = parts(value);
        let on_lane = if shift >= LANE_SHIFT {
            let up = shift - LANE_SHIFT;
            // A mantissa has 53 bits: shifted by 73 it stays below 2^126.
            (up <= LANE_BITS - 53).then(|| i128::from(mantissa) << up)
        } else {
            let down = LANE_SHIFT - shift;
            (down <= 52 && mantissa & ((1 << down) - 1) == 0).then(|| i128::from(mantissa >> down))
        };
        match on_lane {
            Some(units) => self.add_to_lane(if value.is_sign_negative() { -units } else { units }),
            None if mantissa == 0 => {}
            None => self.limbs().add(mantissa, shift, value.is_sign_negative()),
        }
    }

    /// Take a finite value away.
    #[inline]
    pub fn sub(&mut self, value: f64) {
        self.add(-value);
    }

    /// Add another sum.
    pub fn merge(&mut self, other: &Self) {
        self.add_to_lane(other.lane);
        if let Some(theirs) = &other.limbs {
            self.limbs().merge(theirs);
        }
    }

    /// Turn the sum into its opposite.
    pub fn negate(&mut self) {
        self.lane = -self.lane;
        if let Some(limbs) = &mut self.limbs {
            limbs.limb.iter_mut().for_each(|limb| *limb = -*limb);
        }
    }

    /// Whether the sum is exactly 0.
    pub fn is_zero(&self) -> bool {
        match &self.limbs {
            None => self.lane == 0,
            Some(_) => self.digits().1.iter().all(|&digit| digit == 0),
        }
    }

    /// The sum rounded once, to the nearest f64, ties to even; infinite when that lies beyond `f64::MAX`. A sum of 0 is +0.
    pub fn value(&self) -> f64 {
        if self.limbs.is_none() {
            // The cast rounds to nearest even and the product is exact: it is 0 or at least 2^-64.
            return self.lane as f64 * power_of_two(-64);
        }
        let (negative, digits) = self.digits();
        let Some(top) = digits.iter().rposition(|&digit| digit != 0) else { return 0.0 };
        // Three digits hold at least 65 bits from the highest set one; what lies below them only has to say that it is there.
        let digit = |k: usize| top.checked_sub(k).map_or(0, |k| u128::from(digits[k]));
        let head = digit(0) << 64 | digit(1) << 32 | digit(2);
        let rest = digits[..top.saturating_sub(2)].iter().any(|&digit| digit != 0);
        // A result below the normal range is a multiple of 2^-1074 of at most 53 bits, so neither step rounds it.
        let rounded = (head | u128::from(rest)) as f64;
        let magnitude = scale(rounded, LIMB_BITS as i32 * (top as i32 - 2) - 1074);
        if negative { -magnitude } else { magnitude }
    }

    /// The sum as f64 of falling magnitude that do not overlap and add up to it exactly; none for 0.
    ///
    /// Each is what is left, rounded: equal sums give equal components. Beyond `f64::MAX` that value is repeated.
    pub fn components(&self) -> Vec<f64> {
        let mut rest = self.clone();
        let mut components = Vec::new();
        while !rest.is_zero() {
            let component = rest.value().clamp(f64::MIN, f64::MAX);
            rest.sub(component);
            components.push(component);
        }
        components
    }

    /// The sum of components; any finite values will do.
    pub fn from_components(components: &[f64]) -> Self {
        components.iter().copied().collect()
    }

    #[inline]
    fn add_to_lane(&mut self, units: i128) {
        self.lane += units;
        if self.lane.unsigned_abs() >> LANE_BITS != 0 {
            self.spill();
        }
    }

    /// Move the lane to the limbs.
    #[cold]
    fn spill(&mut self) {
        let lane = std::mem::take(&mut self.lane);
        self.limbs().add_lane(lane);
    }

    fn limbs(&mut self) -> &mut Limbs {
        self.limbs.get_or_insert_with(|| Box::new(Limbs { limb: [0; LIMBS], room: ROOM }))
    }

    /// Sign and magnitude: digits to the base 2³², lowest first; the last may exceed it. Zero is not negative.
    fn digits(&self) -> (bool, [u64; LIMBS]) {
        let mut limbs = self.limbs.as_deref().cloned().unwrap_or(Limbs { limb: [0; LIMBS], room: ROOM });
        limbs.add_lane(self.lane);
        limbs.carry();
        // All limbs but the last are now at least 0, and the last one outweighs them.
        let negative = limbs.limb[LIMBS - 1] < 0;
        if negative {
            limbs.limb.iter_mut().for_each(|limb| *limb = -*limb);
            limbs.carry();
        }
        (negative, limbs.limb.map(|limb| limb as u64))
    }
}

impl Limbs {
    #[inline]
    fn add(&mut self, mantissa: u64, shift: u32, negative: bool) {
        self.make_room();
        let at = (shift / LIMB_BITS) as usize;
        let wide = u128::from(mantissa) << (shift % LIMB_BITS);
        let (low, high) = ((wide & 0xFFFF_FFFF) as i64, (wide >> LIMB_BITS) as i64);
        if negative {
            self.limb[at] -= low;
            self.limb[at + 1] -= high;
        } else {
            self.limb[at] += low;
            self.limb[at + 1] += high;
        }
    }

    /// Add the lane, digit by digit of its magnitude.
    fn add_lane(&mut self, lane: i128) {
        let mut rest = lane.unsigned_abs();
        let mut shift = LANE_SHIFT;
        while rest != 0 {
            self.add((rest & 0xFFFF_FFFF) as u64, shift, lane < 0);
            rest >>= LIMB_BITS;
            shift += LIMB_BITS;
        }
    }

    fn merge(&mut self, other: &Self) {
        // Carried limbs are below 2^32 in magnitude, less than an addition may bring; only the last is not,
        // and it grows no faster than the rows that were added.
        let mut other = other.clone();
        other.carry();
        self.make_room();
        for (mine, theirs) in self.limb.iter_mut().zip(other.limb) {
            *mine += theirs;
        }
    }

    #[inline]
    fn make_room(&mut self) {
        if self.room == 0 {
            self.carry();
        }
        self.room -= 1;
    }

    /// Bring all limbs but the last into 0..2³² without changing the sum.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limb[..LIMBS - 1] {
            let whole = *limb + carry;
            carry = whole >> LIMB_BITS;
            *limb = whole & 0xFFFF_FFFF;
        }
        self.limb[LIMBS - 1] += carry;
        self.room = ROOM;
    }
}

/// Mantissa and shift of the magnitude: `mantissa << shift` units of 2⁻¹⁰⁷⁴.
#[inline]
fn parts(value: f64) -> (u64, u32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52) as u32 & 0x7FF;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) }
}

/// `value` times 2^`exponent`, in steps that an f64 can hold; exact unless the result is below the normal range or overflows.
fn scale(mut value: f64, mut exponent: i32) -> f64 {
    while exponent > 1023 {
        value *= power_of_two(1023);
        exponent -= 1023;
    }
    while exponent < -1074 {
        value *= power_of_two(-1022);
        exponent += 1022;
    }
    value * power_of_two(exponent)
}

/// 2^`exponent`, from -1074 to 1023.
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    debug_assert!((-1074..=1023).contains(&exponent));
    f64::from_bits(if exponent < -1022 { 1 << (exponent + 1074) } else { ((exponent + 1023) as u64) << 52 })
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        if self.limbs.is_none() && other.limbs.is_none() {
            return self.lane == other.lane;
        }
        let mut difference = other.clone();
        difference.negate();
        difference.merge(self);
        difference.is_zero()
    }
}

impl Eq for ExactSum {}

impl fmt::Debug for ExactSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExactSum").field(&self.components()).finish()
    }
}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::new();
        sum.extend(values);
        sum
    }
}

// Bits are what these tests are about.
#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use num_bigint::BigInt;
    use proptest::prelude::*;

    use super::*;

    /// The slow and obvious sum, in units of 2^-1074.
    fn units(value: f64) -> BigInt {
        let (mantissa, shift) = parts(value);
        let magnitude = BigInt::from(mantissa) << shift;
        if value < 0.0 { -magnitude } else { magnitude }
    }

    fn total(values: &[f64]) -> BigInt {
        values.iter().map(|&value| units(value)).sum()
    }

    fn magnitude(number: BigInt) -> BigInt {
        if number < BigInt::from(0) { -number } else { number }
    }

    /// Is `rounded` the f64 nearest to `exact`, the even one of two?
    fn is_nearest(rounded: f64, exact: &BigInt) -> bool {
        // One step beyond the largest f64, where infinity begins to be nearer at half of it.
        let edge: BigInt = BigInt::from(1) << (1024 + 1074);
        let place = |value: f64| match value {
            f64::INFINITY => edge.clone(),
            f64::NEG_INFINITY => -&edge,
            finite => units(finite),
        };
        let error = magnitude(exact - place(rounded));
        let even = !rounded.is_finite() || rounded.to_bits() & 1 == 0;
        [rounded.next_up(), rounded.next_down()].into_iter().filter(|&n| n != rounded).all(|neighbour| {
            let other = magnitude(exact - place(neighbour));
            // Beyond the edge everything is infinite.
            error < other
                || (error == other && even)
                || (rounded.is_infinite() && neighbour.is_finite() && error <= other)
        })
    }

    fn any_finite() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
            2 => (0..1u64 << 53).prop_map(f64::from_bits),
            3 => (-1_000_000_000i64..1_000_000_000).prop_map(|whole| whole as f64),
            3 => -1e6..1e6f64,
            2 => (-70..70i32, any::<i32>()).prop_map(|(e, m)| f64::from(m) * 2f64.powi(e)),
            1 => Just(-0.0), 1 => Just(f64::MAX), 1 => Just(f64::MIN), 1 => Just(5e-324), 1 => Just(f64::MIN_POSITIVE),
        ]
    }

    /// Some of the values come back with the other sign, so that most of the sum cancels.
    fn values() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((any_finite(), 0..3u8), 0..60).prop_map(|drawn| {
            drawn.into_iter().flat_map(|(value, twin)| [Some(value), (twin == 0).then_some(-value)]).flatten().collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn agrees_with_rational_arithmetic(values in values()) {
            let sum: ExactSum = values.iter().copied().collect();
            let exact = total(&values);
            prop_assert!(is_nearest(sum.value(), &exact), "{} for {}", sum.value(), exact);
            prop_assert_eq!(sum.is_zero(), exact == BigInt::from(0));
            if sum.is_zero() {
                prop_assert_eq!(sum.value().to_bits(), 0);
            }
        }

        #[test]
        fn one_value_is_itself(value in any_finite()) {
            let sum: ExactSum = [value].into_iter().collect();
            prop_assert_eq!(sum.value().to_bits(), (value + 0.0).to_bits());
        }

        #[test]
        fn order_does_not_matter((values, shuffled) in values().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))) {
            let (a, b): (ExactSum, ExactSum) = (values.into_iter().collect(), shuffled.into_iter().collect());
            prop_assert_eq!(&a, &b);
            prop_assert_eq!(a.value().to_bits(), b.value().to_bits());
            prop_assert_eq!(a.components(), b.components());
        }

        #[test]
        fn any_tree_of_merges_is_the_sum(values in values(), picks in prop::collection::vec(any::<prop::sample::Index>(), 130)) {
            let whole: ExactSum = values.iter().copied().collect();
            let mut parts: Vec<ExactSum> = values.chunks(3).map(|part| part.iter().copied().collect()).collect();
            for pick in picks.chunks(2) {
                if parts.len() > 1 {
                    let taken = parts.swap_remove(pick[0].index(parts.len()));
                    let at = pick[1].index(parts.len());
                    parts[at].merge(&taken);
                }
            }
            prop_assert!(parts.len() <= 1);
            prop_assert_eq!(parts.pop().unwrap_or_default(), whole);
        }

        #[test]
        fn components_are_the_sum_and_do_not_overlap(values in values()) {
            let sum: ExactSum = values.iter().copied().collect();
            let components = sum.components();
            prop_assert_eq!(total(&components), total(&values));
            prop_assert_eq!(ExactSum::from_components(&components), sum.clone());
            for pair in components.windows(2).filter(|pair| pair[0].abs() < f64::MAX) {
                // What remains is at most half a unit in the last place of the one before.
                let place = pair[0].abs().next_up() - pair[0].abs();
                prop_assert!(pair[1].abs() <= place / 2.0 && pair[1] != 0.0, "{:?}", components);
            }
        }

        #[test]
        fn subtraction_and_negation_undo(values in values(), more in values()) {
            let mut sum: ExactSum = values.iter().copied().collect();
            let before = sum.clone();
            sum.extend(more.iter().copied());
            prop_assert_eq!(sum == before, total(&more) == BigInt::from(0));
            for value in more {
                sum.sub(value);
            }
            prop_assert_eq!(&sum, &before);
            sum.negate();
            sum.merge(&before);
            prop_assert!(sum.is_zero());
        }
    }

    #[test]
    fn carries_move_in_time() {
        for value in
            [f64::MAX, -f64::MAX, 1.0 - f64::EPSILON, 5e-324, 1e-300, (1u64 << 53) as f64 - 1.0, -(2f64.powi(61))]
        {
            let mut sum = ExactSum::new();
            sum.extend(std::iter::repeat_n(value, 50_000));
            assert!(is_nearest(sum.value(), &(units(value) * 50_000)), "{value}");
            assert_eq!(total(&sum.components()), units(value) * 50_000, "{value}");
        }
    }

    #[test]
    fn rounds_halves_to_even_and_overflows_as_ieee_does() {
        let sum = |values: &[f64]| ExactSum::from_components(values).value();
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0]), 1.0);
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0, 5e-324]), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0 + f64::EPSILON, f64::EPSILON / 2.0]), 1.0 + 2.0 * f64::EPSILON);
        let half_step = 2f64.powi(970);
        assert_eq!(sum(&[f64::MAX, half_step, -5e-324]), f64::MAX);
        assert_eq!(sum(&[f64::MAX, half_step]), f64::INFINITY);
        assert_eq!(sum(&[f64::MIN, f64::MIN]), f64::NEG_INFINITY);
        assert_eq!(sum(&[f64::MAX, f64::MAX, f64::MIN]), f64::MAX);
    }
}
