//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Access, Doc, Routes};

use crate::{
    api_keys, deputies, invitations, members,
    permissions::{API_KEYS_MANAGE, TEAM_DEPUTIES, TEAM_MANAGE, TEAM_READ, TEAM_TRANSFER, WORKSPACE_MANAGE},
    recovery, sessions, sign_in, sign_up,
    tokens::actions::SignedInView,
    users,
    workspaces::{self, settings_pages as settings},
};

pub(crate) fn routes() -> Routes {
    api_workspace(api_team(api_me(api_ways_in(settings_pages(own_pages(ways_in(Routes::new("identity"))))))))
}

fn ways_in(routes: Routes) -> Routes {
    routes
        .get("/sign-up", Access::Public, sign_up::pages::show)
        .post("/sign-up", Access::Public, sign_up::pages::create)
        .get("/sign-in", Access::Public, sign_in::pages::show)
        .post("/sign-in", Access::Public, sign_in::pages::create)
        .post("/sign-in/again", Access::Public, sign_in::again::create)
        .get("/sign-in/link", Access::Public, sign_in::link_pages::show)
        .post("/sign-in/link", Access::Public, sign_in::link_pages::create)
        .get("/sign-in/link/{token}", Access::Public, sign_in::link_pages::follow)
        .post("/sign-in/link/{token}", Access::Public, sign_in::link_pages::use_link)
        .get("/sign-in/code", Access::Public, sign_in::link_pages::code)
        .post("/sign-in/code", Access::Public, sign_in::link_pages::check_code)
        .post("/sign-out", Access::SignedIn, sign_in::pages::sign_out)
        .get("/forgot", Access::Public, recovery::pages::forgot)
        .post("/forgot", Access::Public, recovery::pages::send)
        .get("/reset/{token}", Access::Public, recovery::pages::reset)
        .post("/reset/{token}", Access::Public, recovery::pages::set)
        .get("/verify/{token}", Access::Public, recovery::pages::verify)
        .post("/verify/{token}", Access::Public, recovery::pages::confirm)
        .get("/invitations/{token}", Access::Public, invitations::pages::show)
        .post("/invitations/{token}", Access::Public, invitations::pages::join)
        .post("/theme", Access::Public, sign_in::pages::theme)
        .get("/brand/{workspace_id}/logo", Access::Public, workspaces::logo::show_public)
}

fn own_pages(routes: Routes) -> Routes {
    routes
        .get("/app", Access::SignedIn, workspaces::pages::home)
        .get("/workspaces", Access::SignedIn, workspaces::pages::index)
        .get("/workspaces/new", Access::SignedIn, workspaces::pages::new)
        .post("/workspaces/new", Access::SignedIn, workspaces::pages::create)
        .get("/account", Access::SignedIn, users::pages::show)
        .post("/account", Access::SignedIn, users::pages::update)
        .post("/account/password", Access::SignedIn, users::pages::change_password)
        .post("/account/verify", Access::SignedIn, recovery::pages::resend)
        .post("/account/sessions/end-others", Access::SignedIn, users::pages::end_other_sessions)
        .post("/account/sessions/{id}/end", Access::SignedIn, users::pages::end_session)
}

fn settings_pages(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/logo", Access::Member, workspaces::logo::show)
        .get("/app/{workspace}/brand.css", Access::Member, workspaces::pages::brand_css)
        .get("/app/{workspace}/settings", Access::Member, settings::index)
        .get("/app/{workspace}/settings/workspace", WORKSPACE_MANAGE, settings::workspace)
        .post("/app/{workspace}/settings/workspace", WORKSPACE_MANAGE, settings::save_workspace)
        .get("/app/{workspace}/settings/money", WORKSPACE_MANAGE, settings::money)
        .post("/app/{workspace}/settings/money", WORKSPACE_MANAGE, settings::save_money)
        .get("/app/{workspace}/settings/brand", WORKSPACE_MANAGE, settings::brand)
        .post("/app/{workspace}/settings/brand", WORKSPACE_MANAGE, settings::save_brand)
        .post("/app/{workspace}/settings/brand/logo", WORKSPACE_MANAGE, workspaces::logo::upload)
        .body_limit(3 * 1024 * 1024)
        .post("/app/{workspace}/settings/brand/logo/remove", WORKSPACE_MANAGE, workspaces::logo::remove)
        .get("/app/{workspace}/settings/team", TEAM_READ, members::pages::index)
        .post("/app/{workspace}/settings/team/invitations", TEAM_MANAGE, invitations::pages::create)
        .post(
            "/app/{workspace}/settings/team/invitations/{id}/resend",
            TEAM_MANAGE,
            invitations::pages::resend,
        )
        .post(
            "/app/{workspace}/settings/team/invitations/{id}/revoke",
            TEAM_MANAGE,
            invitations::pages::revoke,
        )
        .get("/app/{workspace}/settings/team/{id}", TEAM_MANAGE, members::pages::show)
        .post("/app/{workspace}/settings/team/{id}", TEAM_MANAGE, members::pages::update)
        .post("/app/{workspace}/settings/team/{id}/deactivate", TEAM_MANAGE, members::pages::deactivate)
        .post("/app/{workspace}/settings/team/{id}/reactivate", TEAM_MANAGE, members::pages::reactivate)
        .post("/app/{workspace}/settings/team/{id}/make-owner", TEAM_TRANSFER, members::pages::make_owner)
        .get("/app/{workspace}/settings/deputies", TEAM_DEPUTIES, deputies::pages::index)
        .post("/app/{workspace}/settings/deputies", TEAM_DEPUTIES, deputies::pages::create)
        .post("/app/{workspace}/settings/deputies/{id}/end", TEAM_DEPUTIES, deputies::pages::end)
        .get("/app/{workspace}/settings/api-keys", API_KEYS_MANAGE, api_keys::pages::index)
        .post("/app/{workspace}/settings/api-keys", API_KEYS_MANAGE, api_keys::pages::create)
        .post("/app/{workspace}/settings/api-keys/{id}/revoke", API_KEYS_MANAGE, api_keys::pages::revoke)
}

fn api_ways_in(routes: Routes) -> Routes {
    routes
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
        .post("/api/auth/magic-link", Access::Public, sign_in::api::ask_link)
        .doc(
            Doc::new("Ask for a sign-in code by mail")
                .about("The answer is the same for addresses without an account.")
                .body::<sign_in::api::AskLink>()
                .returns::<sign_in::api::PendingLink>(202),
        )
        .post("/api/auth/magic-link/code", Access::Public, sign_in::api::by_code)
        .doc(
            Doc::new("Sign in with the code")
                .body::<sign_in::api::SignInByCode>()
                .returns::<SignedInView>(200),
        )
        .post("/api/auth/password/forgot", Access::Public, recovery::api::forgot)
        .doc(
            Doc::new("Ask for a new password by mail")
                .about("The answer is the same for addresses without an account.")
                .body::<recovery::api::ForgotPassword>()
                .answers(202, "A link is on its way, if the address has an account"),
        )
        .post("/api/auth/password/reset", Access::Public, recovery::api::reset)
        .doc(
            Doc::new("Set a new password")
                .about("Ends all sessions and API clients of the person.")
                .body::<recovery::api::ResetPassword>()
                .answers(204, "The password was set"),
        )
        .post("/api/auth/verify", Access::Public, recovery::api::verify)
        .doc(
            Doc::new("Confirm an address")
                .body::<recovery::api::VerifyEmail>()
                .answers(204, "The address is confirmed"),
        )
        .post("/api/auth/verify/resend", Access::SignedIn, recovery::api::resend)
        .doc(Doc::new("Send the confirmation again").answers(202, "A link is on its way"))
        .post("/api/auth/invitations/accept", Access::Public, invitations::api::accept)
        .doc(
            Doc::new("Accept an invitation")
                .body::<invitations::api::AcceptInvitation>()
                .returns::<SignedInView>(201),
        )
}

fn api_me(routes: Routes) -> Routes {
    routes
        .get("/api/me", Access::Member, users::api::show)
        .doc(Doc::new("Who am I?").returns::<users::api::MeView>(200))
        .patch("/api/me", Access::SignedIn, users::api::update)
        .doc(
            Doc::new("Change the own profile")
                .body::<users::actions::ChangeMe>()
                .returns::<users::UserView>(200),
        )
        .post("/api/me/password", Access::SignedIn, users::api::change_password)
        .doc(
            Doc::new("Change the own password")
                .about("Ends all other sessions and every API client.")
                .body::<users::api::ChangePassword>()
                .answers(204, "The password was changed"),
        )
        .get("/api/sessions", Access::SignedIn, sessions::api::index)
        .doc(Doc::new("List where one is signed in").returns::<Page<sessions::list::SessionView>>(200))
        .delete("/api/sessions", Access::SignedIn, sessions::api::end_others)
        .doc(Doc::new("End all other sessions").answers(204, "All others have ended"))
        .delete("/api/sessions/{id}", Access::SignedIn, sessions::api::end)
        .doc(Doc::new("End a session").answers(204, "It has ended"))
}

fn api_team(routes: Routes) -> Routes {
    routes
        .get("/api/team/members", TEAM_READ, members::api::index)
        .doc(
            Doc::new("List members")
                .query::<members::api::MembersQuery>()
                .returns::<Page<members::Member>>(200),
        )
        .get("/api/team/members/{id}", TEAM_READ, members::api::show)
        .doc(Doc::new("Show a member").returns::<members::Member>(200))
        .patch("/api/team/members/{id}", TEAM_MANAGE, members::api::update)
        .doc(
            Doc::new("Change a member")
                .about("Role, rates, capacity, being active. The last owner stays owner.")
                .body::<members::actions::ChangeMember>()
                .returns::<members::Member>(200),
        )
        .post("/api/team/members/{id}/make-owner", TEAM_TRANSFER, members::api::make_owner)
        .doc(
            Doc::new("Hand over ownership")
                .about("The member becomes an owner, the caller an admin.")
                .returns::<members::Member>(200),
        )
        .get("/api/team/invitations", TEAM_MANAGE, invitations::api::index)
        .doc(Doc::new("List invitations").returns::<Page<invitations::Invitation>>(200))
        .post("/api/team/invitations", TEAM_MANAGE, invitations::api::create)
        .doc(
            Doc::new("Invite someone")
                .about("The link goes by mail and works for 7 days.")
                .body::<invitations::actions::NewInvitation>()
                .returns::<invitations::Invitation>(201),
        )
        .post("/api/team/invitations/{id}/resend", TEAM_MANAGE, invitations::api::resend)
        .doc(Doc::new("Send an invitation again").returns::<invitations::Invitation>(200))
        .delete("/api/team/invitations/{id}", TEAM_MANAGE, invitations::api::revoke)
        .doc(Doc::new("Take an invitation back").answers(204, "Its link no longer works"))
        .get("/api/deputies", TEAM_DEPUTIES, deputies::api::index)
        .doc(Doc::new("List deputies").about("Those of now and to come.").returns::<Page<deputies::Deputy>>(200))
        .post("/api/deputies", TEAM_DEPUTIES, deputies::api::create)
        .doc(
            Doc::new("Name a deputy")
                .about(
                    "From a day to a day, in the workspace's zone, the deputy approves timesheets and expenses in \
                     one's place. Those who manage the team name deputies for others, too.",
                )
                .body::<deputies::actions::NewDeputy>()
                .returns::<deputies::Deputy>(201),
        )
        .delete("/api/deputies/{id}", TEAM_DEPUTIES, deputies::api::end)
        .doc(Doc::new("End a deputy").answers(204, "It has ended, or was taken back before it began"))
}

fn api_workspace(routes: Routes) -> Routes {
    routes
        .get("/api/workspace", Access::Member, workspaces::api::show)
        .doc(Doc::new("Show the workspace").returns::<workspaces::WorkspaceSettings>(200))
        .patch("/api/workspace", WORKSPACE_MANAGE, workspaces::api::update)
        .doc(
            Doc::new("Change the workspace's settings")
                .body::<workspaces::ChangeWorkspace>()
                .returns::<workspaces::WorkspaceSettings>(200),
        )
        .get("/api/api-keys", API_KEYS_MANAGE, api_keys::api::index)
        .doc(Doc::new("List API keys").returns::<Page<api_keys::ApiKey>>(200))
        .post("/api/api-keys", API_KEYS_MANAGE, api_keys::api::create)
        .doc(
            Doc::new("Make an API key")
                .about("The key itself is in this answer and nowhere else.")
                .body::<api_keys::actions::NewApiKey>()
                .returns::<api_keys::api::CreatedApiKey>(201),
        )
        .delete("/api/api-keys/{id}", API_KEYS_MANAGE, api_keys::api::revoke)
        .doc(Doc::new("End an API key").answers(204, "It has ended"))
}
