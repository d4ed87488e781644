//! Prints the result of a run, and checks that the oracle notices a program that is broken on
//! purpose.

use crate::{
    Failure,
    cluster::Cluster,
    program::Program,
    run::{Outcome, Spec, run},
    tab::Flaw,
};
use std::{path::Path, time::Duration};

/// A restart after a kill must take less than this.
const START_WITHIN: Duration = Duration::from_secs(2);
/// How long a mutation runs at each attempt to detect it.
const MUTATION_TIMES: [Duration; 4] =
    [Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16), Duration::from_secs(32)];
/// The most violations that are printed.
const PRINTED: usize = 10;

/// One way of breaking the program or its clients, and the invariant that must detect it.
struct Mutation {
    name: &'static str,
    failpoints: &'static str,
    flaw: Flaw,
    caught_by: &'static str,
}

const MUTATIONS: [Mutation; 9] = [
    Mutation {
        name: "a commit that is lost after its ack",
        failpoints: "break::commit=10%return",
        flaw: Flaw::None,
        caught_by: "I1",
    },
    Mutation { name: "no dedupe", failpoints: "break::dedupe=return", flaw: Flaw::None, caught_by: "I2" },
    Mutation { name: "a seq left out", failpoints: "break::hole=2%return", flaw: Flaw::None, caught_by: "I3" },
    Mutation { name: "no resync", failpoints: "", flaw: Flaw::NoResync, caught_by: "I4" },
    Mutation { name: "a batch stored backwards", failpoints: "break::order=return", flaw: Flaw::None, caught_by: "I5" },
    Mutation { name: "a client that lets messages overtake", failpoints: "", flaw: Flaw::Overtakes, caught_by: "I5" },
    Mutation { name: "frames sent to everybody", failpoints: "break::leak=return", flaw: Flaw::None, caught_by: "I6" },
    Mutation {
        name: "a retracted message that keeps its text",
        failpoints: "break::retract=return",
        flaw: Flaw::None,
        caught_by: "I8",
    },
    Mutation {
        name: "a chat status that is not published",
        failpoints: "break::standing=return",
        flaw: Flaw::None,
        caught_by: "I9",
    },
];

const MUTATIONS_OF_NODES: [Mutation; 1] = [Mutation {
    name: "nodes that publish nothing to each other",
    failpoints: "break::bus=return",
    flaw: Flaw::None,
    caught_by: "I4",
}];

/// Prints an outcome. Returns whether all invariants hold.
pub(crate) fn report(outcome: &Outcome) -> bool {
    for (kind, count) in &outcome.counts {
        println!("{count:>9}  {kind}");
    }
    println!("{:>6} ms  slowest start after a kill or stop", outcome.slowest_start.as_millis());
    for (invariant, what) in outcome.violations.iter().take(PRINTED) {
        println!("{invariant} does not hold: {what}");
    }
    if outcome.violations.len() > PRINTED {
        println!("… and {} more", outcome.violations.len() - PRINTED);
    }
    let is_quick = outcome.slowest_start < START_WITHIN;
    if !is_quick {
        println!("a restart took longer than {} s", START_WITHIN.as_secs());
    }
    outcome.violations.is_empty() && is_quick
}

/// Runs every mutation. The invariant that is meant for it must detect it.
pub(crate) async fn mutations(program: &Path, spec: Spec<'_>) -> Result<bool, Failure> {
    let mut is_good = true;
    for mutation in &MUTATIONS {
        is_good &= is_caught(spec, mutation, async |spec| run(&mut Program::new(program)?, spec).await).await?;
    }
    Ok(is_good)
}

/// Runs the mutations that only a cluster of several nodes has.
pub(crate) async fn mutations_of_nodes(cluster: &mut Cluster, spec: Spec<'_>) -> Result<bool, Failure> {
    let mut is_good = true;
    for mutation in &MUTATIONS_OF_NODES {
        is_good &= is_caught(spec, mutation, async |spec| run(cluster, spec).await).await?;
    }
    Ok(is_good)
}

/// Runs a mutation for longer and longer until the oracle detects it: what a mutation breaks also
/// depends on chance.
async fn is_caught(
    spec: Spec<'_>,
    mutation: &Mutation,
    mut run: impl AsyncFnMut(Spec<'_>) -> Result<Outcome, Failure>,
) -> Result<bool, Failure> {
    for (time, seed) in MUTATION_TIMES.into_iter().zip(spec.seed..) {
        let spec = Spec {
            seed,
            time,
            pairs: 4,
            crowd: 0,
            patience: Duration::from_secs(3),
            failpoints: mutation.failpoints,
            flaw: mutation.flaw,
        };
        let found = run(spec).await?.violations;
        let caught = found.iter().find(|(invariant, _)| *invariant == mutation.caught_by);
        let verdict = if caught.is_some() { "caught by" } else { "NOT CAUGHT by" };
        let what = caught.map(|(_, what)| format!(", like: {what}")).unwrap_or_default();
        let seconds = time.as_secs();
        println!(
            "{}: {verdict} {} in {seconds} s ({} violations{what})",
            mutation.name,
            mutation.caught_by,
            found.len()
        );
        if caught.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
