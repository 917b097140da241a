//! The tables, the bars and the machine-readable summary.

use crate::{
    attack::{Attack, EXIT, NONE, PROMOTION, SLANDER},
    market::{Audits, Rule, SOUND},
    runs::{Job, mean, play_all},
    search::{Effort, Found, search},
    tally::Outcome,
};
use std::{
    fmt::Write as _,
    num::{NonZeroU64, NonZeroUsize},
};

/// Plays a market of honest and malicious sellers under our score and under others.
#[derive(Clone, Copy, clap::Parser)]
pub struct Plan {
    /// Markets per figure.
    #[arg(long, value_name = "N", default_value = "8")]
    pub markets: NonZeroU64,
    /// Schedules that the adaptive attacker tries.
    #[arg(long, value_name = "N", default_value = "2000")]
    pub evaluations: NonZeroUsize,
    /// What everything that looks like chance follows from.
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// How many markets are played at once; changes no figure.
    #[arg(long, value_name = "N", default_value = "2")]
    pub threads: NonZeroUsize,
}

const RULES: [(Rule, &str); 5] = [
    (Rule::Mean, "mean"),
    (Rule::Beta, "Beta"),
    (Rule::Eigen, "EigenTrust"),
    (Rule::Opinion, "opinion only"),
    (Rule::Ours, "ours"),
];

/// Ours, with audits that are worse than the design assumes.
const WEAK: [(Audits, &str); 2] = [
    (
        Audits {
            suppressed: 0.3,
            ..SOUND
        },
        "30 % suppressed",
    ),
    (Audits { recall: 0.5, ..SOUND }, "recall 0.5"),
];

/// A cell of the table: means over markets.
#[derive(Clone, Copy, Default)]
struct Figures {
    auc: f64,
    late_auc: f64,
    loss: f64,
    net: f64,
    paid: f64,
    burn_share: f64,
    newcomers: f64,
    audits: f64,
}

struct Row {
    attack: Attack,
    /// As `RULES`, then as `WEAK`.
    columns: Vec<Figures>,
}

pub struct Report {
    plan: Plan,
    rows: Vec<Row>,
    slander_for_free: Figures,
    found: Found,
}

struct Bar {
    name: &'static str,
    key: &'static str,
    value: f64,
    from: f64,
    to: f64,
}

impl Bar {
    fn holds(&self) -> bool {
        (self.from..=self.to).contains(&self.value)
    }
}

fn figures(outcomes: &[Outcome]) -> Figures {
    Figures {
        auc: mean(outcomes, |one| one.auc),
        late_auc: mean(outcomes, |one| one.late_auc),
        loss: mean(outcomes, Outcome::loss),
        net: mean(outcomes, Outcome::net),
        paid: mean(outcomes, Outcome::paid),
        burn_share: mean(outcomes, |one| one.fees / one.spent),
        newcomers: mean(outcomes, |one| one.newcomers),
        audits: mean(outcomes, |one| one.audits),
    }
}

impl Report {
    pub fn of(plan: Plan, progress: impl Fn(&str)) -> Self {
        let play = |rule, attack, audits| {
            let jobs: Vec<Job> = (plan.seed..plan.seed.saturating_add(plan.markets.get()))
                .map(|seed| Job {
                    seed,
                    rule,
                    attack,
                    audits,
                })
                .collect();
            figures(&play_all(&jobs, plan.threads.get()))
        };
        let attacks = [NONE].into_iter().chain(PROMOTION).chain([SLANDER, EXIT]);
        let rows = attacks
            .map(|attack| {
                progress(attack.name);
                let rules = RULES.iter().map(|(rule, _)| play(*rule, attack, SOUND));
                let weak = WEAK.iter().map(|(audits, _)| play(Rule::Ours, attack, *audits));
                Row {
                    attack,
                    columns: rules.chain(weak).collect(),
                }
            })
            .collect();
        let slander_for_free = play(Rule::Ours, SLANDER.for_free(), SOUND);
        let effort = Effort {
            seed: plan.seed,
            evaluations: plan.evaluations.get(),
            markets: plan.markets.get(),
            threads: plan.threads.get(),
        };
        let found = search(effort, |at, best| progress(&format!("search {at}: {best:.2}")));
        Self {
            plan,
            rows,
            slander_for_free,
            found,
        }
    }

    fn at(&self, name: &str, column: usize) -> Figures {
        let row = self.rows.iter().find(|row| row.attack.name == name);
        row.and_then(|row| row.columns.get(column))
            .copied()
            .unwrap_or_default()
    }

    fn least_auc(&self, column: usize) -> f64 {
        let all = PROMOTION.iter().map(|attack| self.at(attack.name, column).auc);
        all.fold(f64::INFINITY, f64::min)
    }

    /// The least AUC of our score over all self-promotion attacks.
    pub fn promotion(&self) -> f64 {
        self.least_auc(OURS)
    }

    fn bars(&self) -> Vec<Bar> {
        let quiet = self.at(NONE.name, OURS);
        let ours = || self.rows.iter().filter_map(|row| row.columns.get(OURS));
        let most = |figure: fn(&Figures) -> f64| ours().map(figure).fold(0.0, f64::max);
        let slander = self.at(SLANDER.name, OURS);
        let bar = |key, name, value, from, to| Bar {
            name,
            key,
            value,
            from,
            to,
        };
        const NO: f64 = f64::INFINITY;
        let mut bars = vec![
            bar(
                "promotion_auc",
                "least AUC under self-promotion",
                self.promotion(),
                0.98,
                NO,
            ),
            bar(
                "promotion_auc_suppressed",
                "the same, 30 % of faults suppressed",
                self.least_auc(OURS + 1),
                0.95,
                NO,
            ),
            bar(
                "promotion_auc_recall_half",
                "the same, audits find half",
                self.least_auc(OURS + 2),
                0.95,
                NO,
            ),
            bar(
                "promotion_burn",
                "fees of the dearest of them, share of turnover",
                most(|f| f.burn_share),
                0.0,
                0.04,
            ),
            bar("slander_auc", "AUC under bad-mouthing", slander.auc, 0.88, NO),
            bar(
                "slander_gain",
                "what bad-mouthing adds to the attackers' net",
                slander.net - self.slander_for_free.net,
                -NO,
                0.0,
            ),
            bar(
                "exit_auc",
                "AUC of the last 90 days after an exit turn",
                self.at(EXIT.name, OURS).late_auc,
                0.90,
                NO,
            ),
            bar(
                "newcomers",
                "newcomers' sales over their fair share",
                quiet.newcomers,
                0.8,
                1.5,
            ),
            bar("audits_quiet", "audits per sale, quiet", quiet.audits, 0.0, 0.12),
            bar(
                "audits_attacked",
                "audits per sale, attacked",
                most(|f| f.audits),
                0.0,
                0.35,
            ),
            bar(
                "adaptive_return",
                "adaptive attacker's best return on what it pays",
                self.found.returned(),
                -NO,
                1.0,
            ),
        ];
        let losses = PROMOTION.iter().map(|attack| self.at(attack.name, OURS).loss);
        bars.push(bar(
            "loss_ratio",
            "honest buyers' loss, worst promotion over quiet",
            losses.fold(0.0, f64::max) / quiet.loss,
            0.0,
            1.6,
        ));
        bars
    }

    pub fn ok(&self) -> bool {
        self.bars().iter().all(Bar::holds)
    }

    pub fn tables(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "AUC (honest above malicious) / % of honest buyers' money lost; {} markets of 720 days\n",
            self.plan.markets
        );
        let _ = write!(text, "{:<26}", "attack");
        for name in RULES
            .iter()
            .map(|(_, name)| name)
            .chain(WEAK.iter().map(|(_, name)| name))
        {
            let _ = write!(text, "{name:>17}");
        }
        for row in &self.rows {
            let _ = write!(text, "\n{:<26}", row.attack.name);
            for figures in &row.columns {
                let auc = match row.attack.name {
                    name if name == NONE.name => "-".to_owned(),
                    name if name == EXIT.name => format!("{:.3}", figures.late_auc),
                    _ => format!("{:.3}", figures.auc),
                };
                let _ = write!(text, "{:>17}", format!("{auc} / {:.1}", figures.loss * 100.0));
            }
        }
        let _ = write!(
            text,
            "\n\nattackers' net, and what they paid for the attack\n\n{:<26}",
            "attack"
        );
        for (_, name) in RULES {
            let _ = write!(text, "{name:>13}");
        }
        let _ = write!(text, "{:>10}{:>12}{:>12}", "paid", "newcomers", "audits/sale");
        for row in &self.rows {
            let _ = write!(text, "\n{:<26}", row.attack.name);
            for figures in row.columns.iter().take(RULES.len()) {
                let _ = write!(text, "{:>13.0}", figures.net);
            }
            let ours = row.columns.get(OURS).copied().unwrap_or_default();
            let _ = write!(
                text,
                "{:>10.0}{:>12.2}{:>12.3}",
                ours.paid, ours.newcomers, ours.audits
            );
        }
        let _ = writeln!(
            text,
            "\n\nadaptive attacker, {} schedules: for nothing {:.0} of loot, by\n  {:?}\nfor {:.0} paid {:.0} of loot, by\n  {:?}\n",
            self.plan.evaluations,
            self.found.free_loot,
            self.found.free,
            self.found.cost,
            self.found.paid_loot,
            self.found.paid,
        );
        for bar in self.bars() {
            let verdict = if bar.holds() { "holds" } else { "BROKEN" };
            let _ = writeln!(
                text,
                "{verdict:<7} {:<52} {:>10.3}   bar {} to {}",
                bar.name, bar.value, bar.from, bar.to
            );
        }
        text
    }

    /// One line of JSON.
    pub fn summary(&self) -> String {
        let figures: Vec<String> = self
            .bars()
            .iter()
            .map(|bar| format!(r#""{}":{:.4}"#, bar.key, bar.value))
            .collect();
        format!(
            r#"{{"simulation":"trust","seed":{},"markets":{},"evaluations":{},{},"free_loot":{:.0},"paid_loot":{:.0},"ok":{}}}"#,
            self.plan.seed,
            self.plan.markets,
            self.plan.evaluations,
            figures.join(","),
            self.found.free_loot,
            self.found.paid_loot,
            self.ok()
        )
    }
}

/// The column of our score.
const OURS: usize = RULES.len() - 1;
