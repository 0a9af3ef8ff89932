//! The pairs with both reports: what may be fitted, what each says, and who is connected with whom.

use super::{Flag, Method};

/// One pair with both reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Which of the receiving reporters.
    pub receiving: u32,
    /// Which of the sending reporters.
    pub sending: u32,
    /// What the destination reports.
    pub inflow: f64,
    /// What the origin reports.
    pub outflow: f64,
    /// How much the pair weighs, above 0.
    pub weight: f64,
}

impl Cell {
    /// Whether both reports are above 0: only then does the pair connect its reporters.
    pub fn connects(&self) -> bool {
        self.inflow > 0.0 && self.outflow > 0.0
    }

    fn pair(&self) -> (u32, u32) {
        (self.sending, self.receiving)
    }

    /// Puts pairs into an order of their own, so that theirs does not matter.
    pub fn sort(cells: &mut [Self], receiving: usize, sending: usize) {
        // Tables mostly are in order, and have each pair once.
        if cells.is_sorted_by(|a, b| a.pair() < b.pair()) {
            return;
        }
        if !cells.is_sorted_by_key(Self::pair) {
            // By the last number first, as cards were sorted.
            let mut by_receiving = cells.to_vec();
            counted(cells, &mut by_receiving, receiving, |cell| cell.receiving as usize);
            counted(&by_receiving, cells, sending, |cell| cell.sending as usize);
        }
        for alike in cells.chunk_by_mut(|a, b| a.pair() == b.pair()).filter(|alike| alike.len() > 1) {
            alike.sort_unstable_by(|a, b| {
                (a.inflow.total_cmp(&b.inflow))
                    .then_with(|| a.outflow.total_cmp(&b.outflow))
                    .then_with(|| a.weight.total_cmp(&b.weight))
            });
        }
    }
}

/// Writes pairs in the order of one of their numbers, which are below `numbers`; equal ones stay in theirs.
fn counted(cells: &[Cell], sorted: &mut [Cell], numbers: usize, number: impl Fn(&Cell) -> usize) {
    let mut next = vec![0; numbers + 1];
    cells.iter().for_each(|cell| next[number(cell) + 1] += 1);
    for at in 1..=numbers {
        next[at] += next[at - 1];
    }
    for cell in cells {
        let place = &mut next[number(cell)];
        sorted[*place] = *cell;
        *place += 1;
    }
}

/// Sets that grow together.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, of: usize) -> usize {
        let mut at = of;
        while self.0[at] as usize != at {
            self.0[at] = self.0[self.0[at] as usize];
            at = self.0[at] as usize;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // Mostly they are together already, and nothing needs to wait for a number that is written.
        if a != b {
            // The lowest number is the root, whatever came first.
            self.0[a.max(b)] = a.min(b) as u32;
        }
    }
}

/// Reporters that pairs with two figures above 0 connect, and these pairs.
#[derive(Debug, Default)]
pub struct Component {
    /// Receiving reporters, in order.
    pub receiving: Vec<u32>,
    /// Sending reporters, in order.
    pub sending: Vec<u32>,
    /// Their pairs, in order; in those where one report is 0, the reporter of the other is one of the component.
    pub cells: Vec<Cell>,
}

impl Component {
    /// How many pairs connect its reporters.
    pub fn connections(&self) -> usize {
        self.cells.iter().filter(|cell| cell.connects()).count()
    }
}

/// Components of sorted pairs, the first reporters' first, and why reporters are in none.
pub fn components(
    mut cells: Vec<Cell>,
    receiving: usize,
    sending: usize,
    method: Method,
) -> (Vec<Component>, Vec<Option<Flag>>) {
    let mut sets = Sets((0..(receiving + sending) as u32).collect());
    let mut flags = vec![Some(Flag::NoPair); receiving + sending];
    let ends = |cell: &Cell| (cell.receiving as usize, receiving + cell.sending as usize);
    for cell in &cells {
        let (to, from) = ends(cell);
        if cell.connects() {
            sets.join(to, from);
            (flags[to], flags[from]) = (None, None);
            continue;
        }
        for (end, own) in [(to, cell.inflow), (from, cell.outflow)] {
            match flags[end] {
                Some(Flag::NoPair) if own == 0.0 => flags[end] = Some(Flag::Zeros),
                Some(Flag::NoPair | Flag::Zeros) if own > 0.0 => flags[end] = Some(Flag::ZerosOpposite),
                _ => {}
            }
        }
    }
    let mut place = vec![u32::MAX; receiving + sending];
    let mut found: Vec<Component> = Vec::new();
    for node in (0..receiving + sending).filter(|node| flags[*node].is_none()) {
        let root = sets.root(node);
        if place[root] == u32::MAX {
            place[root] = found.len() as u32;
            found.push(Component::default());
        }
        place[node] = place[root];
        let component = &mut found[place[node] as usize];
        if node < receiving {
            component.receiving.push(node as u32);
        } else {
            component.sending.push((node - receiving) as u32);
        }
    }
    // Two zeros say nothing; the logarithm of one does not exist.
    cells.retain(|cell| {
        let (to, from) = ends(cell);
        let says = cell.connects() || (method != Method::LogLinear && (cell.inflow > 0.0 || cell.outflow > 0.0));
        says && flags[to].is_none() && flags[from].is_none()
    });
    // Nearly always there is one.
    if let [only] = &mut found[..] {
        only.cells = cells;
    } else {
        for cell in cells {
            let (to, from) = ends(&cell);
            found[place[if cell.inflow > 0.0 { to } else { from }] as usize].cells.push(cell);
        }
    }
    (found, flags)
}
