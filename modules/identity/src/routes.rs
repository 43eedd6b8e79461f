//! Every URL of the module.

use rapport_web::{Access, Doc, Routes};

use crate::{sign_in, sign_up, tokens::actions::SignedInView};

pub(crate) fn routes() -> Routes {
    Routes::new("identity")
        .get("/sign-up", Access::Public, sign_up::pages::show)
        .post("/sign-up", Access::Public, sign_up::pages::create)
        .get("/sign-in", Access::Public, sign_in::pages::show)
        .post("/sign-in", Access::Public, sign_in::pages::create)
        .post("/sign-in/again", Access::Public, sign_in::again::create)
        .post("/sign-out", Access::SignedIn, sign_in::pages::sign_out)
        .post("/theme", Access::Public, sign_in::pages::theme)
        .post("/api/auth/signup", Access::Public, sign_up::api::sign_up)
        .doc(
            Doc::new("Sign up")
                .about("Makes an account and a workspace with all its defaults, and signs in.")
                .body::<sign_up::NewAccount>()
                .returns::<SignedInView>(201),
        )
        .post("/api/auth/login", Access::Public, sign_in::api::login)
        .doc(Doc::new("Sign in").body::<sign_in::api::Login>().returns::<SignedInView>(200))
        .post("/api/auth/refresh", Access::Public, sign_in::api::refresh)
        .doc(
            Doc::new("Get new tokens")
                .about("A refresh token works once; used again, it ends every token that follows from it.")
                .body::<sign_in::api::RefreshWith>()
                .returns::<SignedInView>(200),
        )
        .post("/api/auth/logout", Access::SignedIn, sign_in::api::logout)
        .doc(Doc::new("Sign out").answers(204, "The session or tokens have ended"))
}
