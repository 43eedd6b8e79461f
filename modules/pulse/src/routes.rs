//! Every URL of the module.

use rapport_web::{Doc, Routes};

use crate::{
    ClientHealth, PULSE_MANAGE, PULSE_READ, PULSE_RECALCULATE,
    health::{api, overview, pages},
    settings::{self, Settings, SettingsInput},
};

pub(crate) fn routes() -> Routes {
    Routes::new("pulse")
        .get("/app/{workspace}/health", PULSE_READ, overview::show)
        .get("/app/{workspace}/clients/{id}/health", PULSE_READ, pages::show)
        .post("/app/{workspace}/clients/{id}/health/recalculate", PULSE_RECALCULATE, pages::recalculate)
        .get("/app/{workspace}/settings/health", PULSE_MANAGE, settings::pages::show)
        .post("/app/{workspace}/settings/health", PULSE_MANAGE, settings::pages::save)
        .get("/api/clients/{id}/health", PULSE_READ, api::show)
        .doc(
            Doc::new("Get a client's health")
                .about("Now, with its factors, and the history of the last 90 days, newest first.")
                .returns::<ClientHealth>(200),
        )
        .post("/api/clients/{id}/health/recalculate", PULSE_RECALCULATE, api::recalculate)
        .doc(Doc::new("Calculate a client's health now").returns::<ClientHealth>(200))
        .get("/api/health-settings", PULSE_MANAGE, settings::api::show)
        .doc(Doc::new("Get weights and thresholds of clients' health").returns::<Settings>(200))
        .put("/api/health-settings", PULSE_MANAGE, settings::api::save)
        .doc(
            Doc::new("Change weights and thresholds of clients' health")
                .about("Every client is calculated anew.")
                .body::<SettingsInput>()
                .returns::<Settings>(200),
        )
}
