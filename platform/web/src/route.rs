//! The route table: every URL once, with its access and its description.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use rapport_db::App;

use crate::{Access, openapi::Doc};

/// The routes of one module.
pub struct Routes {
    module: &'static str,
    routes: Vec<Route>,
}

/// One route.
pub struct Route {
    /// Module it belongs to.
    pub module: &'static str,
    /// Method.
    pub method: Method,
    /// Path, with `{name}` for its pieces.
    pub path: &'static str,
    /// What it asks of the caller.
    pub access: Access,
    /// Its description; API routes only.
    pub doc: Option<Doc>,
    /// Largest body in bytes.
    pub body_limit: usize,
    pub(crate) handler: MethodRouter<App>,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new(module: &'static str) -> Self {
        Self { module, routes: Vec::new() }
    }
    /// GET.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.add(Method::GET, path, access.into(), on(MethodFilter::GET, handler))
    }
    /// POST.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.add(Method::POST, path, access.into(), on(MethodFilter::POST, handler))
    }
    /// PUT.
    #[must_use]
    pub fn put<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.add(Method::PUT, path, access.into(), on(MethodFilter::PUT, handler))
    }
    /// PATCH.
    #[must_use]
    pub fn patch<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.add(Method::PATCH, path, access.into(), on(MethodFilter::PATCH, handler))
    }
    /// DELETE.
    #[must_use]
    pub fn delete<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.add(Method::DELETE, path, access.into(), on(MethodFilter::DELETE, handler))
    }
    /// Describes the route added last, for OpenAPI.
    ///
    /// # Panics
    /// When there is no route yet.
    #[must_use]
    pub fn doc(mut self, doc: Doc) -> Self {
        self.routes.last_mut().expect("doc() follows a route").doc = Some(doc);
        self
    }
    /// Lets the route added last read a body of that many bytes (uploads).
    ///
    /// # Panics
    /// When there is no route yet.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.routes.last_mut().expect("body_limit() follows a route").body_limit = bytes;
        self
    }
    /// The routes in the order they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    fn add(mut self, method: Method, path: &'static str, access: Access, handler: MethodRouter<App>) -> Self {
        self.routes.push(Route {
            module: self.module,
            method,
            path,
            access,
            doc: None,
            body_limit: 2 * 1024 * 1024,
            handler,
        });
        self
    }
}
