//! All routes of all modules, with the layers around them.

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::get};
use rapport_base::{Error, Kind, Refusal};
use rapport_db::App;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{House, edge, gate};

/// The router of the house, without the network's layers (see [`crate::server`]).
pub fn router(app: App) -> Router {
    let house: House = app.parts.get();
    let mut router: Router<App> = Router::new();
    for route in house.0.iter().flat_map(|module| module.routes.iter()) {
        let handler = route
            .handler
            .clone()
            .layer(DefaultBodyLimit::max(route.body_limit))
            .layer(from_fn_with_state(app.clone(), crate::idempotency::layer))
            .layer(from_fn_with_state((app.clone(), route.access), gate::layer));
        router = router.route(route.path, handler);
    }
    router
        .route("/assets/{*file}", get(crate::assets::serve))
        .route("/favicon.ico", get(crate::assets::favicon))
        .fallback(|| async { Error::from(Refusal::not_found()) })
        .method_not_allowed_fallback(|| async {
            Error::from(Refusal::new(
                Kind::MethodNotAllowed,
                "method_not_allowed",
                "This address does not take that method.",
            ))
        })
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn_with_state(app.clone(), edge::layer))
        // Streams and what is compressed already are left alone by its default rule.
        .layer(CompressionLayer::new())
        .with_state(app)
}
