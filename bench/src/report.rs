//! The results as Markdown: a table per scenario as soon as it is measured, and all of them at the
//! end.

use crate::{error::BenchError, plot::Chart};
use std::{
    fmt::{self, Write},
    fs,
    path::Path,
};

/// A table with headings.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { headings: headings.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = || std::iter::once(&self.headings).chain(&self.rows);
        let width = |column: usize| {
            all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        for (line, row) in all().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if line == 0 {
                for width in &widths {
                    write!(f, "|-{:-<width$}-", "")?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// The results of one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: &'static str,
    /// The tables.
    pub(crate) tables: Vec<Table>,
    /// Remarks that explain the numbers.
    pub(crate) notes: Vec<String>,
}

impl Section {
    /// A section with one table.
    pub(crate) fn new(title: &'static str, table: Table, notes: Vec<String>) -> Self {
        Self { title, tables: vec![table], notes }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n", self.title)?;
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        if self.notes.is_empty() { Ok(()) } else { writeln!(f) }
    }
}

/// Whether a goal was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Met {
    /// The goal was reached.
    Yes,
    /// The goal was not reached.
    No,
}

impl From<bool> for Met {
    fn from(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}

/// A goal and the measured value.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    /// The name of the scenario.
    pub(crate) scenario: &'static str,
    /// The value to reach.
    pub(crate) reach: &'static str,
    /// The measured value.
    pub(crate) measured: String,
    /// The measured value compared with the machine's limit.
    pub(crate) against_limit: String,
    /// Whether the goal was reached.
    pub(crate) met: Met,
}

/// All results.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Facts about the machine.
    pub(crate) facts: Vec<String>,
    /// The results of each scenario.
    pub(crate) sections: Vec<Section>,
    /// The goals.
    pub(crate) goals: Vec<Goal>,
    /// The charts.
    pub(crate) charts: Vec<Chart>,
}

impl Report {
    /// Adds the results of a scenario and prints them to standard error. Standard output gets all
    /// results at the end.
    pub(crate) fn add(&mut self, section: Section) {
        eprintln!("\n{section}");
        self.sections.push(section);
    }

    /// Writes results.md and the charts.
    pub(crate) fn save(&self, folder: &Path) -> Result<(), BenchError> {
        fs::create_dir_all(folder).map_err(BenchError::io("making the report's folder"))?;
        let mut text = self.to_string();
        for chart in self.charts.iter().filter(|chart| chart.is_a_curve()) {
            chart.draw(folder)?;
            // Writing to a String never fails.
            let _ = writeln!(text, "![{}]({})\n", chart.title, chart.file);
        }
        fs::write(folder.join("results.md"), text).map_err(BenchError::io("writing results.md"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# What Bedside carries\n\nMeasured by `bench` on:\n")?;
        for fact in &self.facts {
            writeln!(f, "- {fact}")?;
        }
        writeln!(f)?;
        if !self.goals.is_empty() {
            let mut table = Table::new(["scenario", "to reach", "measured", "against the limit", "reached"]);
            for goal in &self.goals {
                let met = if goal.met == Met::Yes { "yes" } else { "**no**" };
                let cells = [goal.scenario, goal.reach, &goal.measured, &goal.against_limit, met];
                table.row(cells.map(str::to_owned));
            }
            writeln!(f, "## Goals\n\n{table}")?;
        }
        self.sections.iter().try_for_each(|section| write!(f, "{section}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_markdown_with_aligned_columns() {
        let mut table = Table::new(["pairs", "p99"]);
        table.row(["1".to_owned(), "0.3 ms".to_owned()]);
        assert_eq!(table.to_string(), "| pairs | p99    |\n|-------|--------|\n| 1     | 0.3 ms |\n");
    }
}
