//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    DEALS_CREATE, DEALS_DELETE, DEALS_READ, DEALS_UPDATE, DEALS_VALUES, Deal, LossReason, NewDeal,
    PIPELINES_MANAGE, Pipeline, Stage, board,
    deals::{self, DealChange, StageMove},
    forecast::{self, Forecast},
    history::{self, Happening, Stay},
    pipelines::{self, NewPipeline, NewStage, PipelineChange, StageChange},
};

pub fn routes() -> Routes {
    pipelines_api(deals_api(settings(pages(Routes::new("deals")))))
}

fn pages(routes: Routes) -> Routes {
    use deals::pages as deal;
    routes
        .get("/app/{workspace}/deals", DEALS_READ, board::pages::show)
        .post("/app/{workspace}/deals", DEALS_CREATE, board::pages::create)
        .post("/app/{workspace}/deals/{id}/move", DEALS_UPDATE, board::pages::move_card)
        .get("/app/{workspace}/deals/list", DEALS_READ, deal::index)
        .get("/app/{workspace}/deals/forecast", DEALS_VALUES, forecast::pages::show)
        .get("/app/{workspace}/deals/{id}", DEALS_READ, deal::show)
        .get("/app/{workspace}/deals/{id}/edit", DEALS_UPDATE, deal::edit)
        .post("/app/{workspace}/deals/{id}", DEALS_UPDATE, deal::update)
        .post("/app/{workspace}/deals/{id}/stage", DEALS_UPDATE, deal::move_to_stage)
        .post("/app/{workspace}/deals/{id}/delete", DEALS_DELETE, deal::delete)
        .post("/app/{workspace}/deals/{id}/restore", DEALS_DELETE, deal::restore)
        .get("/app/{workspace}/clients/{id}/deals", DEALS_READ, deal::of_client)
}

fn settings(routes: Routes) -> Routes {
    use pipelines::pages as pipeline;
    routes
        .get("/app/{workspace}/settings/pipelines", PIPELINES_MANAGE, pipeline::index)
        .post("/app/{workspace}/settings/pipelines", PIPELINES_MANAGE, pipeline::create)
        .post("/app/{workspace}/settings/pipelines/{id}", PIPELINES_MANAGE, pipeline::update)
        .post("/app/{workspace}/settings/pipelines/{id}/delete", PIPELINES_MANAGE, pipeline::delete)
        .post("/app/{workspace}/settings/pipelines/{id}/stages", PIPELINES_MANAGE, pipeline::create_stage)
        .get("/app/{workspace}/settings/stages/{id}", PIPELINES_MANAGE, pipeline::edit_stage)
        .post("/app/{workspace}/settings/stages/{id}", PIPELINES_MANAGE, pipeline::update_stage)
        .post("/app/{workspace}/settings/stages/{id}/shift", PIPELINES_MANAGE, pipeline::shift_stage)
        .post("/app/{workspace}/settings/stages/{id}/delete", PIPELINES_MANAGE, pipeline::delete_stage)
        .post("/app/{workspace}/settings/loss-reasons", PIPELINES_MANAGE, pipeline::create_reason)
        .post("/app/{workspace}/settings/loss-reasons/{id}", PIPELINES_MANAGE, pipeline::update_reason)
        .post("/app/{workspace}/settings/loss-reasons/{id}/delete", PIPELINES_MANAGE, pipeline::delete_reason)
}

fn deals_api(routes: Routes) -> Routes {
    use deals::api;
    routes
        .get("/api/deals", DEALS_READ, api::list)
        .doc(Doc::new("List deals").query::<deals::list::ListQuery>().returns::<Page<Deal>>(200))
        .post("/api/deals", DEALS_CREATE, api::create)
        .doc(
            Doc::new("Add a deal")
                .about("With `client_id`, or with `client` to add the client too.")
                .body::<NewDeal>()
                .returns::<Deal>(201),
        )
        .get("/api/deals/forecast", DEALS_VALUES, forecast::api::show)
        .doc(
            Doc::new("Forecast open deals")
                .about("By month and member, plain and weighed by probability; what was won and lost lately.")
                .query::<forecast::ForecastQuery>()
                .returns::<Forecast>(200),
        )
        .get("/api/deals/{id}", DEALS_READ, api::show)
        .doc(Doc::new("Get a deal").returns::<Deal>(200))
        .patch("/api/deals/{id}", DEALS_UPDATE, api::update)
        .doc(Doc::new("Change a deal").body::<DealChange>().returns::<Deal>(200))
        .delete("/api/deals/{id}", DEALS_DELETE, api::delete)
        .doc(Doc::new("Delete a deal").about("It can be restored for 30 days.").answers(204, "Deleted"))
        .post("/api/deals/{id}/restore", DEALS_DELETE, api::restore)
        .doc(Doc::new("Restore a deleted deal").returns::<Deal>(200))
        .post("/api/deals/{id}/stage", DEALS_UPDATE, api::move_to_stage)
        .doc(
            Doc::new("Move a deal")
                .about(
                    "To a stage, or to another place in its column. Winning opens the project; the same call again changes \
                     nothing. Losing needs `lost_reason`; leaving won with a project needs `project`. With `version` the move is \
                     refused (409) when somebody moved the deal since, naming them.",
                )
                .body::<StageMove>()
                .returns::<Deal>(200),
        )
        .get("/api/deals/{id}/history", DEALS_READ, history::api::stays)
        .doc(Doc::new("List the stages a deal was in").about("With the time in each, newest first.").returns::<Page<Stay>>(200))
        .get("/api/deals/{id}/timeline", DEALS_READ, history::api::timeline)
        .doc(Doc::new("List what happened with a deal").returns::<Page<Happening>>(200))
}

fn pipelines_api(routes: Routes) -> Routes {
    use pipelines::api;
    routes
        .get("/api/pipelines", DEALS_READ, api::list)
        .doc(Doc::new("List pipelines").about("With their stages in order.").returns::<Page<Pipeline>>(200))
        .post("/api/pipelines", PIPELINES_MANAGE, api::create)
        .doc(
            Doc::new("Add a pipeline")
                .about("With the usual stages.")
                .body::<NewPipeline>()
                .returns::<Pipeline>(201),
        )
        .patch("/api/pipelines/{id}", PIPELINES_MANAGE, api::update)
        .doc(Doc::new("Change a pipeline").body::<PipelineChange>().returns::<Pipeline>(200))
        .delete("/api/pipelines/{id}", PIPELINES_MANAGE, api::delete)
        .doc(
            Doc::new("Remove a pipeline")
                .about("Refused while open deals are in it.")
                .answers(204, "Removed"),
        )
        .post("/api/pipelines/{id}/stages", PIPELINES_MANAGE, api::create_stage)
        .doc(Doc::new("Add a stage").body::<NewStage>().returns::<Stage>(201))
        .patch("/api/stages/{id}", PIPELINES_MANAGE, api::update_stage)
        .doc(Doc::new("Change a stage").body::<StageChange>().returns::<Stage>(200))
        .delete("/api/stages/{id}", PIPELINES_MANAGE, api::delete_stage)
        .doc(
            Doc::new("Remove a stage")
                .about("Its deals move to `move_to`.")
                .query::<pipelines::api::MoveTo>()
                .answers(204, "Removed"),
        )
        .get("/api/loss-reasons", DEALS_READ, api::reasons)
        .doc(Doc::new("List the reasons for losing a deal").returns::<Page<LossReason>>(200))
        .post("/api/loss-reasons", PIPELINES_MANAGE, api::create_reason)
        .doc(
            Doc::new("Add a reason for losing a deal")
                .body::<pipelines::api::Reason>()
                .returns::<Page<LossReason>>(200),
        )
        .patch("/api/loss-reasons/{id}", PIPELINES_MANAGE, api::update_reason)
        .doc(
            Doc::new("Rename a reason for losing a deal")
                .body::<pipelines::api::Reason>()
                .returns::<Page<LossReason>>(200),
        )
        .delete("/api/loss-reasons/{id}", PIPELINES_MANAGE, api::delete_reason)
        .doc(Doc::new("Remove a reason for losing a deal").answers(204, "Removed"))
}
