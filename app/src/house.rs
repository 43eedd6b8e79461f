//! The one list of modules.

use rapport_web::Module;

/// Every module of Rapport, lower floors first.
#[must_use]
pub fn modules() -> Vec<Module> {
    vec![
        identity::module(),
        files::module(),
        notifications::module(),
        audit::module(),
        clients::module(),
        deals::module(),
        projects::module(),
        conversations::module(),
        timesheets::module(),
        invoicing::module(),
        portal::module(),
        pulse::module(),
        reactions::module(),
        transfer::module(),
        crate::home::module(),
    ]
}
