//! The results as a page: a section for each proof, which stays until that proof is tried again.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use rapport_base::Clock;

use crate::{Line, Proof, proofs};

const HEAD: &str = "# Results\n\nMade by `make prove`: the built program as a process of its own, on its own data and ports, with its private PostgreSQL unless said otherwise. `make prove ONLY=name` tries one again and replaces its section.\n";

/// The page.
pub struct Report {
    sections: BTreeMap<String, String>,
}

impl Report {
    /// What an earlier run left.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let sections = text
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once('\n'))
            .map(|(name, body)| (name.trim().to_owned(), body.trim().to_owned()))
            .collect();
        Self { sections }
    }

    /// Puts a proof's lines in place of its earlier ones.
    pub fn put(&mut self, proof: &Proof, build: &str, lines: &[Line]) {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let busy = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let busy = busy.split(' ').nth(1).unwrap_or("?").to_owned();
        let day = Clock::system().now().to_string();
        let day = day.split('T').next().unwrap_or_default();
        let mut body = format!(
            "{day}, {cores} cores (load {busy}), {build}. {}\n\n| promise | measured | |\n|---|---|---|\n",
            proof.does
        );
        for line in lines {
            let verdict = if line.holds { "holds" } else { "**falls short**" };
            let _ = writeln!(body, "| {} | {} | {verdict} |", cell(&line.promise), cell(&line.measured));
        }
        self.sections.insert(proof.name.to_owned(), body.trim_end().to_owned());
    }

    /// The page, its proofs in the order they are tried.
    #[must_use]
    pub fn page(&self) -> String {
        let sections = proofs::all()
            .iter()
            .filter_map(|proof| Some(format!("\n## {}\n\n{}\n", proof.name, self.sections.get(proof.name)?)));
        HEAD.to_owned() + &sections.collect::<String>()
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_tried_again_replaces_its_own_section_and_no_other() {
        let [first, second] = [&proofs::all()[0], &proofs::all()[1]];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("RESULTS.md");
        let mut report = Report::read(&path);
        report.put(first, "a build", &[Line::new("nothing is lost", true, "20 | 20")]);
        report.put(second, "a build", &[Line::new("ready < 5 s", false, "6 s")]);
        std::fs::write(&path, report.page()).unwrap();

        let mut again = Report::read(&path);
        assert_eq!(again.page(), report.page());
        again.put(second, "a build", &[Line::new("ready < 5 s", true, "1 s")]);
        let page = again.page();
        assert!(page.contains("| nothing is lost | 20 \\| 20 | holds |"), "{page}");
        assert!(page.contains("| ready < 5 s | 1 s | holds |") && !page.contains("falls short"), "{page}");
    }
}
