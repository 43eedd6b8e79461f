//! All the work a worker knows how to do.

use std::collections::HashMap;

use crate::{JobInfo, Listener, Schedule};

/// What the modules and reactions declared, put together once at start.
#[derive(Clone, Default)]
pub struct Work {
    /// Sorts of jobs.
    pub jobs: Vec<JobInfo>,
    /// Who listens to events.
    pub listeners: Vec<Listener>,
    /// What the clock starts.
    pub schedules: Vec<Schedule>,
}

impl Work {
    /// The names of all its jobs.
    ///
    /// # Panics
    /// When a name is taken twice: a fault of the program's assembly.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.by_name().into_keys().collect()
    }
    /// Everything by the name of its job.
    ///
    /// # Panics
    /// When a name is taken twice: a fault of the program's assembly.
    pub(crate) fn by_name(&self) -> HashMap<String, JobInfo> {
        let all = self.jobs.iter().cloned();
        let all = all
            .chain(self.listeners.iter().map(Listener::job))
            .chain(self.schedules.iter().map(Schedule::job));
        let mut known = HashMap::new();
        for job in all {
            if let Some(twice) = known.insert(job.name.clone(), job) {
                panic!("two background jobs are called {}", twice.name);
            }
        }
        known
    }
}
