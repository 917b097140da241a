//! EigenTrust (Kamvar, Schlosser, Garcia-Molina; WWW 2003): a rank by who is trusted by the trusted.

/// How much of the trust goes back to the trusted from the start, as the paper suggests.
const PULL: f64 = 0.15;
const ROUNDS: u32 = 20;

/// Who had how many more good than bad purchases from whom.
#[derive(Default)]
pub struct Graph {
    /// For each buying node its sellers and the balance.
    rows: Vec<Vec<(usize, f64)>>,
}

impl Graph {
    /// Notes a purchase by node `buyer` from node `seller`.
    pub fn rate(&mut self, buyer: usize, seller: usize, good: bool) {
        if self.rows.len() <= buyer {
            self.rows.resize_with(buyer + 1, Vec::new);
        }
        let Some(row) = self.rows.get_mut(buyer) else {
            return;
        };
        let change = if good { 1.0 } else { -1.0 };
        match row.iter_mut().find(|(to, _)| *to == seller) {
            Some((_, balance)) => *balance += change,
            None => row.push((seller, change)),
        }
    }

    /// The rank of `nodes` nodes, of which the first `trusted` are trusted from the start.
    pub fn ranks(&self, nodes: usize, trusted: usize) -> Vec<f64> {
        let start: Vec<f64> = (0..nodes)
            .map(|node| if node < trusted { 1.0 / trusted as f64 } else { 0.0 })
            .collect();
        let mut ranks = start.clone();
        for _ in 0..ROUNDS {
            let mut next: Vec<f64> = start.iter().map(|share| share * PULL).collect();
            let mut unspent = 0.0;
            for (node, rank) in ranks.iter().enumerate() {
                let row = self.rows.get(node).map_or(&[][..], Vec::as_slice);
                let whole: f64 = row.iter().map(|(_, balance)| balance.max(0.0)).sum();
                if whole == 0.0 {
                    unspent += rank;
                    continue;
                }
                for &(to, balance) in row {
                    if let Some(next) = next.get_mut(to) {
                        *next += (1.0 - PULL) * rank * balance.max(0.0) / whole;
                    }
                }
            }
            for (next, share) in next.iter_mut().zip(&start) {
                *next += (1.0 - PULL) * unspent * share;
            }
            ranks = next;
        }
        ranks
    }
}
