//! Binomial numbers at random, the same for the same seed.
//!
//! Few expected successes are drawn by inversion, many by transformed rejection with squeeze (algorithm BTRS of W.
//! Hörmann, *The generation of binomial random variates*, Journal of Statistical Computation and Simulation 46, 1993).

/// A stream of random bits: `SplitMix64` (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
pub struct Random(u64);

impl Random {
    /// A stream for a text: unlike texts start at unlike places.
    pub fn new(text: &str) -> Random {
        // FNV-1a.
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        let mut start = Random(text.bytes().fold(0xCBF2_9CE4_8422_2325, hash));
        Random(start.bits())
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to 1, neither of them.
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }
}

/// So many trials of one probability.
pub struct Binomial {
    trials: f64,
    /// The smaller of success and failure.
    share: f64,
    /// Whether failures are drawn.
    turned: bool,
}

/// Below so many expected successes numbers are drawn by inversion.
const FEW: f64 = 10.0;

impl Binomial {
    /// A whole number of trials, and a probability between 0 and 1.
    pub fn new(trials: f64, share: f64) -> Binomial {
        Binomial { trials, share: share.min(1.0 - share), turned: share > 0.5 }
    }

    /// A number of successes.
    pub fn draw(&self, random: &mut Random) -> f64 {
        let found = if self.trials * self.share < FEW { self.invert(random) } else { self.reject(random) };
        if self.turned { self.trials - found } else { found }
    }

    fn invert(&self, random: &mut Random) -> f64 {
        let odds = self.share / (1.0 - self.share);
        let none = (self.trials * (-self.share).ln_1p()).exp();
        loop {
            let (mut rest, mut chance, mut found) = (random.unit(), none, 0.0);
            while rest > chance && found < self.trials {
                rest -= chance;
                found += 1.0;
                chance *= (self.trials + 1.0 - found) / found * odds;
            }
            // What rounding leaves beyond the last number belongs to no number.
            if rest <= chance {
                return found;
            }
        }
    }

    fn reject(&self, random: &mut Random) -> f64 {
        let (trials, share) = (self.trials, self.share);
        let spread = (trials * share * (1.0 - share)).sqrt();
        let wide = 1.15 + 2.53 * spread;
        let bend = -0.0873 + 0.0248 * wide + 0.01 * share;
        let squeeze = 0.92 - 4.2 / wide;
        let odds = share / (1.0 - share);
        let scale = (2.83 + 5.1 / wide) * spread;
        let mode = ((trials + 1.0) * share).floor();
        loop {
            let (across, up) = (random.unit() - 0.5, random.unit());
            let edge = 0.5 - across.abs();
            let found = ((2.0 * bend / edge + wide) * across + trials * share + 0.5).floor();
            if edge >= 0.07 && up <= squeeze {
                return found;
            }
            if found < 0.0 || found > trials {
                continue;
            }
            let height = (up * scale / (bend / (edge * edge) + wide)).ln();
            let bound = (mode + 0.5) * ((mode + 1.0) / (odds * (trials - mode + 1.0))).ln()
                + (trials + 1.0) * ((trials - mode + 1.0) / (trials - found + 1.0)).ln()
                + (found + 0.5) * (odds * (trials - found + 1.0) / (found + 1.0)).ln()
                + tail(mode)
                + tail(trials - mode)
                - tail(found)
                - tail(trials - found);
            if height <= bound {
                return found;
            }
        }
    }
}

/// What Stirling's formula leaves of ln k!.
fn tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_09,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        return SMALL[k as usize];
    }
    let one = k + 1.0;
    let square = one * one;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / one
}
