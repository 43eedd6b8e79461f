//! OpenAPI, made from the same declarations as the routes.

use std::collections::{BTreeMap, BTreeSet};

use rapport_base::FieldError;
use serde::Serialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, Info, OpenApi, OpenApiBuilder, Paths, RefOr, Required,
        ResponseBuilder, Schema,
        path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
        schema::{Object, Ref, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::{Access, House};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// The description of one API operation.
pub struct Doc {
    summary: &'static str,
    about: &'static str,
    query: Vec<Parameter>,
    body: Option<(&'static str, RefOr<Schema>)>,
    responses: Vec<(u16, &'static str, Option<RefOr<Schema>>)>,
    schemas: Schemas,
}

impl Doc {
    /// An operation: `List clients`.
    #[must_use]
    pub fn new(summary: &'static str) -> Self {
        Self { summary, about: "", query: Vec::new(), body: None, responses: Vec::new(), schemas: Vec::new() }
    }
    /// More about it.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }
    /// Its query parameters.
    #[must_use]
    pub fn query<T: IntoParams>(mut self) -> Self {
        self.query = T::into_params(|| Some(ParameterIn::Query));
        self
    }
    /// Its JSON body.
    #[must_use]
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(("application/json", self.reference::<T>()));
        self
    }
    /// Its multipart body.
    #[must_use]
    pub fn multipart<T: ToSchema>(mut self) -> Self {
        self.body = Some(("multipart/form-data", self.reference::<T>()));
        self
    }
    /// An answer with a body.
    #[must_use]
    pub fn returns<T: ToSchema>(mut self, status: u16) -> Self {
        let schema = self.reference::<T>();
        self.responses.push((status, "", Some(schema)));
        self
    }
    /// An answer without a JSON body.
    #[must_use]
    pub fn answers(mut self, status: u16, meaning: &'static str) -> Self {
        self.responses.push((status, meaning, None));
        self
    }

    fn reference<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        let name = T::name().into_owned();
        self.schemas.push((name.clone(), T::schema()));
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

/// An error, by RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Address of the error's description; its last piece is the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short name of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Frozen code.
    pub code: String,
    /// Errors beside their fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Reference to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The OpenAPI document of all described routes.
///
/// # Panics
/// When two shapes have one name: the one would be described as the other.
#[must_use]
pub fn document(house: &House, version: &str) -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas: Schemas = vec![("Problem".into(), Problem::schema())];
    Problem::schemas(&mut schemas);
    let mut tags = Vec::new();
    for module in house.0.iter() {
        for route in module.routes.iter() {
            let Some(doc) = &route.doc else { continue };
            if !tags.contains(&module.name) {
                tags.push(module.name);
            }
            let operation = operation(doc, route.path, route.access, module.name, route.method.as_str());
            let method = match route.method.as_str() {
                "POST" => HttpMethod::Post,
                "PUT" => HttpMethod::Put,
                "PATCH" => HttpMethod::Patch,
                "DELETE" => HttpMethod::Delete,
                _ => HttpMethod::Get,
            };
            schemas.extend(doc.schemas.iter().cloned());
            let item = PathItem::new(method, operation);
            match paths.paths.get_mut(route.path) {
                Some(known) => known.merge_operations(item),
                None => {
                    paths.paths.insert(route.path.to_owned(), item);
                }
            }
        }
    }
    let mut components = ComponentsBuilder::new().security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("An access token or an API key."))
                .build(),
        ),
    );
    for (name, schema) in distinct(schemas) {
        components = components.schema(name, schema);
    }
    OpenApiBuilder::new()
        .info(Info::new("Rapport", version))
        .paths(paths)
        .components(Some(components.build()))
        .tags(Some(tags.into_iter().map(|name| TagBuilder::new().name(name).build())))
        .build()
}

fn distinct(schemas: Schemas) -> BTreeMap<String, RefOr<Schema>> {
    let mut known: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for (name, schema) in schemas {
        match known.get(&name) {
            Some(other) if *other != schema => drop(twice.insert(name)),
            Some(_) => {}
            None => drop(known.insert(name, schema)),
        }
    }
    assert!(twice.is_empty(), "several shapes of the API have the names {twice:?}: add #[schema(as = …)]");
    known
}

fn operation(
    doc: &Doc,
    path: &str,
    access: Access,
    tag: &str,
    method: &str,
) -> utoipa::openapi::path::Operation {
    let mut operation = OperationBuilder::new()
        .summary(Some(doc.summary))
        .description(Some(match access {
            Access::Permission(permission) => {
                format!("{}\n\nNeeds the permission `{permission}`.", doc.about).trim().to_owned()
            }
            _ => doc.about.to_owned(),
        }))
        .operation_id(Some(format!(
            "{}_{}",
            method.to_lowercase(),
            path.trim_start_matches("/api/").replace(['/', '-'], "_").replace(['{', '}'], "")
        )))
        .tag(tag);
    for name in path.split('/').filter_map(|piece| piece.strip_prefix('{')?.strip_suffix('}')) {
        let schema = Object::builder().schema_type(Type::String).build();
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema))
                .build(),
        );
    }
    for parameter in &doc.query {
        operation = operation.parameter(parameter.clone());
    }
    if let Some((content, schema)) = &doc.body {
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content(*content, ContentBuilder::new().schema(Some(schema.clone())).build())
                .build(),
        ));
    }
    for (status, meaning, schema) in &doc.responses {
        let mut response =
            ResponseBuilder::new().description(if meaning.is_empty() { reason(*status) } else { meaning });
        if let Some(schema) = schema {
            response = response
                .content("application/json", ContentBuilder::new().schema(Some(schema.clone())).build());
        }
        operation = operation.response(status.to_string(), response.build());
    }
    let problem =
        || ContentBuilder::new().schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))).build();
    for status in [400u16, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503] {
        operation = operation.response(
            status.to_string(),
            ResponseBuilder::new()
                .description(reason(status))
                .content("application/problem+json", problem())
                .build(),
        );
    }
    if access != Access::Public && access != Access::Provider {
        operation = operation.security(SecurityRequirement::new("bearer", Vec::<String>::new()));
    }
    operation.build()
}

/// The standard name of a status.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    axum::http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error")
}

#[cfg(test)]
mod tests {
    use rapport_base::Page;

    use super::*;

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only described")]
    struct Cat {
        name: String,
    }

    #[derive(ToSchema)]
    #[schema(as = Cat)]
    #[expect(dead_code, reason = "only described")]
    struct Dog {
        age: i64,
    }

    #[test]
    fn each_list_is_described_by_its_own_rows() {
        let doc = Doc::new("List cats").returns::<Page<Cat>>(200).returns::<Page<FieldError>>(201);
        let known = distinct(doc.schemas);
        let rows =
            |page: &str| serde_json::to_value(&known[page]).unwrap()["properties"]["data"]["items"].clone();
        assert_eq!(rows("CatPage")["$ref"], "#/components/schemas/Cat");
        assert_eq!(rows("FieldErrorPage")["$ref"], "#/components/schemas/FieldError");
        assert!(known.contains_key("Cat") && known.contains_key("FieldError"));
    }

    #[test]
    #[should_panic(expected = "{\"Cat\"}")]
    fn two_shapes_of_one_name_are_refused() {
        distinct(Doc::new("Cats").returns::<Cat>(200).returns::<Dog>(201).schemas);
    }
}
