//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Access, Doc, Routes};

use crate::{
    Link, MadeLink, NewLink, PORTALS_MANAGE, PORTALS_READ,
    guest::{self, api as guest_api},
    links,
    portals::{self, NewPortal, PortalChange, PortalView, api},
    visits,
};

/// A few files of the largest size at once.
const UPLOAD: usize = 204 * 1024 * 1024;

pub fn routes() -> Routes {
    team(program(guest_pages(guest_program(Routes::new("portal")))))
}

fn team(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/portals", PORTALS_READ, portals::pages::index)
        .post("/app/{workspace}/portals", PORTALS_MANAGE, portals::pages::create)
        .get("/app/{workspace}/portals/{id}", PORTALS_READ, portals::pages::show)
        .post("/app/{workspace}/portals/{id}/preview", PORTALS_READ, visits::preview::begin)
        .get("/app/{workspace}/portals/{id}/files", PORTALS_READ, portals::pages::files)
        .get("/app/{workspace}/portals/{id}/activity", PORTALS_READ, portals::pages::activity)
        .get("/app/{workspace}/portals/{id}/settings", PORTALS_MANAGE, portals::settings::show)
        .post("/app/{workspace}/portals/{id}/settings", PORTALS_MANAGE, portals::settings::save)
        .body_limit(4 * 1024 * 1024)
        .get("/app/{workspace}/portals/{id}/links", PORTALS_READ, links::pages::index)
        .post("/app/{workspace}/portals/{id}/links", PORTALS_MANAGE, links::pages::create)
        .post("/app/{workspace}/portals/{id}/links/revoke", PORTALS_MANAGE, links::pages::revoke_all)
        .post("/app/{workspace}/portals/{id}/links/{link_id}/revoke", PORTALS_MANAGE, links::pages::revoke)
        .post(
            "/app/{workspace}/portals/{id}/links/{link_id}/regenerate",
            PORTALS_MANAGE,
            links::pages::regenerate,
        )
        .post("/app/{workspace}/portals/{id}/guests/{guest_id}", PORTALS_MANAGE, links::pages::change_guest)
}

fn program(routes: Routes) -> Routes {
    routes
        .get("/api/portals", PORTALS_READ, api::list)
        .doc(Doc::new("List portals").query::<api::ListQuery>().returns::<Page<PortalView>>(200))
        .post("/api/portals", PORTALS_MANAGE, api::create)
        .doc(Doc::new("Open a portal").body::<NewPortal>().returns::<PortalView>(201))
        .get("/api/portals/{id}", PORTALS_READ, api::show)
        .doc(Doc::new("Get a portal").returns::<PortalView>(200))
        .patch("/api/portals/{id}", PORTALS_MANAGE, api::update)
        .doc(Doc::new("Change a portal").body::<PortalChange>().returns::<PortalView>(200))
        .get("/api/portals/{id}/links", PORTALS_READ, links::api::list)
        .doc(Doc::new("List links into a portal").returns::<Page<Link>>(200))
        .post("/api/portals/{id}/links", PORTALS_MANAGE, links::api::create)
        .doc(
            Doc::new("Make a link")
                .about("Its address is in this answer and never again.")
                .body::<NewLink>()
                .returns::<MadeLink>(201),
        )
        .delete("/api/portals/{id}/links/{link_id}", PORTALS_MANAGE, links::api::revoke)
        .doc(Doc::new("Revoke a link").about("Whoever came by it is out at once.").answers(204, "Revoked"))
        .get("/api/portals/{id}/messages", PORTALS_READ, api::messages)
        .doc(
            Doc::new("List a portal's messages")
                .about("Newest first.")
                .query::<api::MessagesQuery>()
                .returns::<Page<conversations::Message>>(200),
        )
        .post("/api/portals/{id}/messages", conversations::CONVERSATIONS_WRITE, api::send_message)
        .doc(
            Doc::new("Write into a portal")
                .body::<api::MessageInput>()
                .returns::<conversations::Message>(201),
        )
        .get("/api/portals/{id}/activity", PORTALS_READ, api::activity)
        .doc(
            Doc::new("List what guests did")
                .query::<api::MessagesQuery>()
                .returns::<Page<visits::store::AccessRow>>(200),
        )
}

fn guest_program(routes: Routes) -> Routes {
    routes
        .get("/api/portal/me", Access::Guest, guest_api::me)
        .doc(Doc::new("Who the guest is").returns::<guest_api::GuestView>(200))
        .get("/api/portal/projects", Access::Guest, guest_api::projects)
        .doc(Doc::new("Projects, as the guest sees them").returns::<Page<guest_api::ProjectProgress>>(200))
        .get("/api/portal/deliverables", Access::Guest, guest_api::deliverables)
        .doc(Doc::new("Deliverables, as the guest sees them").returns::<Page<guest::GuestDeliverable>>(200))
        .get("/api/portal/invoices", Access::Guest, guest_api::invoices)
        .doc(Doc::new("Invoices, as the guest sees them").returns::<Page<guest_api::InvoiceState>>(200))
        .get("/api/portal/messages", Access::Guest, guest_api::messages)
        .doc(
            Doc::new("Messages, as the guest sees them").query::<guest_api::MessagesQuery>().returns::<Page<
                conversations::GuestMessage,
            >>(
                200
            ),
        )
        .post("/api/portal/messages", Access::Guest, guest_api::send_message)
        .doc(
            Doc::new("Write to the team")
                .body::<guest_api::MessageInput>()
                .returns::<conversations::GuestMessage>(201),
        )
        .post("/api/portal/deliverables/{id}/approve", Access::Guest, guest_api::approve)
        .doc(
            Doc::new("Approve a deliverable")
                .body::<guest_api::DecisionInput>()
                .returns::<guest::GuestDeliverable>(200),
        )
        .post("/api/portal/deliverables/{id}/revise", Access::Guest, guest_api::revise)
        .doc(
            Doc::new("Ask for a revision")
                .body::<guest_api::DecisionInput>()
                .returns::<guest::GuestDeliverable>(200),
        )
        .post("/api/portal/feedback", Access::Guest, guest_api::feedback)
        .doc(Doc::new("Give feedback").body::<guest_api::FeedbackInput>().returns::<guest_api::Taken>(201))
}

fn guest_pages(routes: Routes) -> Routes {
    routes
        .get("/portal/{portal_id}", Access::Guest, guest::pages::home)
        .get("/portal/{portal_id}/progress", Access::Guest, guest::pages::progress)
        .get("/portal/{portal_id}/team", Access::Guest, guest::pages::team)
        .post("/portal/{portal_id}/feedback", Access::Guest, guest::pages::feedback)
        .get("/portal/{portal_id}/files", Access::Guest, guest::files::list)
        .post("/portal/{portal_id}/files", Access::Guest, guest::files::upload)
        .body_limit(UPLOAD)
        .get("/portal/{portal_id}/files/{id}", Access::Guest, guest::files::download)
        .get("/portal/{portal_id}/deliverables", Access::Guest, guest::deliverables::list)
        .get("/portal/{portal_id}/deliverables/{id}", Access::Guest, guest::deliverables::show)
        .get(
            "/portal/{portal_id}/deliverables/{id}/versions/{number}",
            Access::Guest,
            guest::deliverables::download,
        )
        .post("/portal/{portal_id}/deliverables/{id}/approve", Access::Guest, guest::deliverables::approve)
        .post("/portal/{portal_id}/deliverables/{id}/revise", Access::Guest, guest::deliverables::revise)
        .get("/portal/{portal_id}/invoices", Access::Guest, guest::invoices::list)
        .get("/portal/{portal_id}/invoices/{id}", Access::Guest, guest::invoices::show)
        .get("/portal/{portal_id}/invoices/{id}/pdf", Access::Guest, guest::invoices::pdf)
        .post("/portal/{portal_id}/invoices/{id}/pay", Access::Guest, guest::invoices::pay)
        .get("/portal/{portal_id}/messages", Access::Guest, guest::messages::show)
        .post("/portal/{portal_id}/messages", Access::Guest, guest::messages::post)
        .body_limit(UPLOAD)
        .post("/portal/{portal_id}/messages/read", Access::Guest, guest::messages::read)
        .post("/portal/{portal_id}/messages/{id}", Access::Guest, guest::messages::edit)
        .get("/portal/{portal_id}/stream", Access::Guest, guest::stream::stream)
        .get("/portal/{portal_id}/confirm", Access::Guest, visits::pages::confirm)
        .post("/portal/{portal_id}/confirm", Access::Guest, visits::pages::take_code)
        .post("/portal/{portal_id}/confirm/send", Access::Guest, visits::pages::send_code)
        .post("/portal/{portal_id}/leave", Access::Guest, visits::pages::leave)
        .get("/portal/{portal_id}/brand.css", Access::Public, visits::look::brand)
        .get("/portal/{portal_id}/logo", Access::Public, visits::look::logo)
        .get("/portal/{portal_id}/enter", Access::Public, visits::pages::enter)
        .post("/portal/{portal_id}/enter", Access::Public, visits::pages::ask)
        // The secret in the path is proof enough, and the page leaves no cookie before it is redeemed.
        .get("/portal/{portal_id}/{token}", Access::Provider, visits::pages::link)
        .post("/portal/{portal_id}/{token}", Access::Provider, visits::pages::redeem)
}
