//! Random worlds: whatever happens, in whatever order, the promises hold.
//!
//! A world is a setup and a list of happenings, both from one seed. While they happen, every input and output is
//! checked by [`sim::witness::Witness`], which holds the reference model; at the end the world heals, and the client
//! must serve calls again exactly if the model says that there is a session. A world that fails is shrunk by leaving
//! happenings out, and printed with its seed.
//!
//! `STRONGROOM_WORLDS` sets how many worlds there are (default 10,000), `STRONGROOM_SEED` the first world's seed.

mod sim;

#[path = "model/operation.rs"]
mod operation;
#[path = "model/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::panic;

use self::operation::Operation;
use self::trial::{Ending, Trial};

const WORLDS_DEFAULT: u64 = 10_000;
const SEED_DEFAULT: u64 = 20_260_101;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn the_promises_hold_in_random_worlds() {
    let worlds = from_environment("STRONGROOM_WORLDS", WORLDS_DEFAULT);
    let seed = from_environment("STRONGROOM_SEED", SEED_DEFAULT);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut endings: BTreeMap<Ending, u64> = BTreeMap::new();
    for seed in (seed..).take(worlds as usize) {
        let trial = Trial::from_seed(seed);
        match outcome(&trial) {
            Ok(ending) => *endings.entry(ending).or_default() += 1,
            Err(_) => {
                let (trial, reason) = shrink(trial);
                panic::set_hook(hook);
                let operations: String = trial.operations.iter().map(|one| format!("\n  {one:?}")).collect();
                panic!("world {seed} breaks: {reason}\n{:?}{operations}", trial.setup);
            }
        }
    }
    panic::set_hook(hook);
    println!("{worlds} worlds from seed {seed}: {endings:?}");
    // A test that only ever saw signed-out clients would prove nothing.
    for ending in [Ending::Served, Ending::SignedOut, Ending::Closed, Ending::GrantLost] {
        let share = endings.get(&ending).copied().unwrap_or_default() * 100 / worlds;
        assert!(worlds < 1_000 || share >= 1, "only {share} % of the worlds end as {ending:?}");
    }
}

fn outcome(trial: &Trial) -> Result<Ending, String> {
    panic::catch_unwind(|| trial.run()).map_err(|reason| {
        let text = reason.downcast_ref::<String>().cloned();
        text.or_else(|| reason.downcast_ref::<&str>().map(|text| (*text).into())).unwrap_or_default()
    })
}

/// Leaves out as many happenings as it can while the world still breaks.
fn shrink(mut trial: Trial) -> (Trial, String) {
    let mut reason = outcome(&trial).expect_err("it broke before");
    let mut length = trial.operations.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at < trial.operations.len() {
            let end = (at + length).min(trial.operations.len());
            let removed: Vec<Operation> = trial.operations.drain(at..end).collect();
            match outcome(&trial) {
                Err(still) => reason = still,
                Ok(_) => {
                    trial.operations.splice(at..at, removed);
                    at += length;
                }
            }
        }
        length /= 2;
    }
    (trial, reason)
}
