//! What a client's details must be.

use std::collections::BTreeSet;

use rapport_base::{Currency, Email, FieldError, MemberId, Phone, Refusal, Result, text};

use super::{Address, Client, ClientChange, NewClient, Stage};

/// Sizes of companies, by people.
pub const SIZES: [&str; 6] = ["1", "2-10", "11-50", "51-200", "201-1000", "1001+"];
/// Industries suggested; any other may be typed.
pub const INDUSTRIES: [&str; 16] = [
    "Agency",
    "Architecture",
    "Construction",
    "Consulting",
    "Education",
    "Finance",
    "Food and drink",
    "Health",
    "Hospitality",
    "Legal",
    "Manufacturing",
    "Non-profit",
    "Real estate",
    "Retail",
    "Software",
    "Travel",
];

/// A client's details after checking, ready to be stored.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub kind: String,
    pub company_name: String,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub stage: Stage,
    pub owner_id: Option<MemberId>,
    pub source: Option<String>,
    pub website: Option<String>,
    pub tax_id: Option<String>,
    pub tags: Vec<String>,
    pub notes: Option<String>,
    pub language: Option<String>,
    pub currency: Option<Currency>,
    pub payment_terms_days: Option<i32>,
    pub hourly_rate_cents: Option<i64>,
}

/// The primary contact as typed along with a client, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Primary {
    pub name: Option<String>,
    pub email: Option<Email>,
    pub phone: Option<Phone>,
}

impl Primary {
    /// Nothing was typed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// What to call them when no name was typed.
    pub fn name_or(&self, company: &str) -> String {
        self.name
            .clone()
            .or_else(|| self.email.as_ref().and_then(|e| e.as_str().split('@').next().map(str::to_owned)))
            .unwrap_or_else(|| company.to_owned())
    }
}

/// Gathers what is wrong.
#[derive(Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    pub fn add(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::invalid(self.0).into()) }
    }
    /// An e-mail address, if one was given.
    pub fn email(&mut self, field: &str, typed: Option<&str>) -> Option<Email> {
        let typed = typed.map(str::trim).filter(|t| !t.is_empty())?;
        let email = Email::try_new(typed);
        if email.is_none() {
            self.add(field, "invalid", "Write an e-mail address, such as ada@example.com.");
        }
        email
    }
    /// A phone number, if one was given.
    pub fn phone(&mut self, field: &str, typed: Option<&str>, country: Option<&str>) -> Option<Phone> {
        let typed = typed.map(str::trim).filter(|t| !t.is_empty())?;
        let phone = Phone::try_new(typed, country);
        if phone.is_none() {
            self.add(field, "invalid", "Write a phone number with its country, such as +44 20 7183 8750.");
        }
        phone
    }
}

fn line(typed: Option<&str>) -> Option<String> {
    typed.and_then(text::clean_line)
}

/// Tags as shown, each once whatever its case, in order of the alphabet.
pub fn tags(typed: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut tags: Vec<String> = typed
        .iter()
        .filter_map(|tag| text::clean_line(tag))
        .filter(|tag| seen.insert(text::fold(tag)))
        .collect();
    tags.sort_by_key(|tag| text::fold(tag));
    tags
}

/// A web site as an address that can be followed; only http and https.
pub fn website(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let full = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let rest = full.strip_prefix("https://").or_else(|| full.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let fine = host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'))
        && !full.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\'));
    fine.then_some(full)
}

/// A postal address, cleaned; nothing when nothing was typed.
pub fn address(typed: &Address, faults: &mut Faults) -> Option<Address> {
    let country = line(typed.country.as_deref()).map(|c| c.to_uppercase());
    if country.as_ref().is_some_and(|c| c.len() != 2 || !c.chars().all(|x| x.is_ascii_uppercase())) {
        faults.add("address.country", "invalid", "Write the country as two letters, such as DE.");
        return None;
    }
    let address = Address {
        line1: line(Some(&typed.line1)).unwrap_or_default(),
        line2: line(typed.line2.as_deref()),
        postal_code: line(typed.postal_code.as_deref()),
        city: line(typed.city.as_deref()),
        region: line(typed.region.as_deref()),
        country,
    };
    if address.line1.is_empty() {
        if address != Address::default() {
            faults.add("address.line1", "required", "Write the street.");
        }
        return None;
    }
    Some(address)
}

/// Checks a new client.
///
/// # Errors
/// Invalid with every fault beside its field.
pub fn new(input: &NewClient, country: Option<&str>) -> Result<(Draft, Primary, Option<Address>)> {
    let mut faults = Faults::default();
    let primary = Primary {
        name: line(input.contact_name.as_deref()),
        email: faults.email("contact_email", input.contact_email.as_deref()),
        phone: faults.phone("contact_phone", input.contact_phone.as_deref(), country),
    };
    let draft = Draft {
        kind: kind(input.kind.as_deref(), &mut faults),
        company_name: name(&input.company_name, &mut faults),
        industry: line(input.industry.as_deref()),
        size: size(input.size.as_deref(), &mut faults),
        stage: input.relationship_stage.unwrap_or_default(),
        owner_id: input.owner_id,
        source: line(input.source.as_deref()),
        website: site(input.website.as_deref(), &mut faults),
        tax_id: line(input.tax_id.as_deref()),
        tags: tags(&input.tags),
        notes: input.notes.as_deref().and_then(text::clean),
        language: line(input.language.as_deref()),
        currency: input.currency,
        payment_terms_days: input.payment_terms_days,
        hourly_rate_cents: input.hourly_rate_cents,
    };
    let address = input.address.as_ref().and_then(|typed| address(typed, &mut faults));
    faults.finish()?;
    Ok((draft, primary, address))
}

/// What a client is after a change, and its primary contact when that changes too.
///
/// # Errors
/// Invalid with every fault beside its field.
pub fn changed(
    was: &Client,
    change: &ClientChange,
    country: Option<&str>,
) -> Result<(Draft, Option<Primary>)> {
    fn keep<T: Clone>(change: &Option<Option<T>>, was: &Option<T>) -> Option<T> {
        change.clone().unwrap_or_else(|| was.clone())
    }
    fn text_of(change: &Option<Option<String>>, was: &Option<String>) -> Option<String> {
        line(keep(change, was).as_deref())
    }
    let mut faults = Faults::default();
    let touches =
        change.contact_name.is_some() || change.contact_email.is_some() || change.contact_phone.is_some();
    let primary = touches.then(|| Primary {
        name: line(change.contact_name.as_deref().or(was.contact_name.as_deref())),
        email: faults.email("contact_email", keep(&change.contact_email, &was.contact_email).as_deref()),
        phone: faults.phone(
            "contact_phone",
            keep(&change.contact_phone, &was.contact_phone).as_deref(),
            country,
        ),
    });
    let draft = Draft {
        kind: kind(change.kind.as_deref().or(Some(&was.kind)), &mut faults),
        company_name: name(change.company_name.as_deref().unwrap_or(&was.company_name), &mut faults),
        industry: text_of(&change.industry, &was.industry),
        size: size(keep(&change.size, &was.size).as_deref(), &mut faults),
        stage: change.relationship_stage.unwrap_or_else(|| was.stage()),
        owner_id: change.owner_id.unwrap_or(was.owner_id),
        source: text_of(&change.source, &was.source),
        website: match &change.website {
            Some(typed) => site(typed.as_deref(), &mut faults),
            None => was.website.clone(),
        },
        tax_id: text_of(&change.tax_id, &was.tax_id),
        tags: change.tags.as_deref().map_or_else(|| was.tags.clone(), tags),
        notes: keep(&change.notes, &was.notes).as_deref().and_then(text::clean),
        language: text_of(&change.language, &was.language),
        currency: keep(&change.currency, &was.currency),
        payment_terms_days: keep(&change.payment_terms_days, &was.payment_terms_days),
        hourly_rate_cents: keep(&change.hourly_rate_cents, &was.hourly_rate_cents),
    };
    faults.finish()?;
    Ok((draft, primary))
}

fn name(typed: &str, faults: &mut Faults) -> String {
    text::clean_line(typed).unwrap_or_else(|| {
        faults.add("company_name", "required", "Write the client's name.");
        String::new()
    })
}

fn kind(typed: Option<&str>, faults: &mut Faults) -> String {
    match typed {
        None | Some("company" | "") => "company".into(),
        Some("person") => "person".into(),
        Some(_) => {
            faults.add("kind", "unknown", "Choose company or person.");
            String::new()
        }
    }
}

fn size(typed: Option<&str>, faults: &mut Faults) -> Option<String> {
    let typed = line(typed)?;
    if !SIZES.contains(&typed.as_str()) {
        faults.add("size", "unknown", "Choose one of the sizes offered.");
    }
    Some(typed)
}

fn site(typed: Option<&str>, faults: &mut Faults) -> Option<String> {
    let typed = line(typed)?;
    let site = website(&typed);
    if site.is_none() {
        faults.add("website", "invalid", "Write a web address, such as https://example.com.");
    }
    site
}

/// Names of the fields in which two versions of a client differ.
pub fn differences(was: &Client, is: &Draft) -> Vec<String> {
    let stage = was.stage() != is.stage;
    [
        ("company_name", was.company_name != is.company_name),
        ("kind", was.kind != is.kind),
        ("industry", was.industry != is.industry),
        ("size", was.size != is.size),
        ("relationship_stage", stage),
        ("owner_id", was.owner_id != is.owner_id),
        ("source", was.source != is.source),
        ("website", was.website != is.website),
        ("tax_id", was.tax_id != is.tax_id),
        ("tags", was.tags != is.tags),
        ("notes", was.notes != is.notes),
        ("language", was.language != is.language),
        ("currency", was.currency != is.currency),
        ("payment_terms_days", was.payment_terms_days != is.payment_terms_days),
        ("hourly_rate_cents", was.hourly_rate_cents != is.hourly_rate_cents),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field.to_owned())
    .collect()
}

/// Fields in words: `the name and the tags`.
pub fn field_words(fields: &[String]) -> String {
    let words: Vec<&str> = fields
        .iter()
        .map(|field| match field.as_str() {
            "company_name" => "the name",
            "kind" => "the kind",
            "industry" => "the industry",
            "size" => "the size",
            "relationship_stage" => "the stage",
            "owner_id" => "the owner",
            "source" => "the source",
            "website" => "the web site",
            "tax_id" => "the tax id",
            "tags" => "the tags",
            "notes" => "the notes",
            "language" => "the language",
            "currency" => "the currency",
            "payment_terms_days" => "the payment terms",
            "hourly_rate_cents" => "the hourly rate",
            "address" => "the address",
            _ => "the main contact",
        })
        .collect();
    match words.as_slice() {
        [] => "details".into(),
        [one] => (*one).into(),
        [first @ .., last] if words.len() <= 3 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} fields", words.len()),
    }
}

/// Badge of a risk level: words and colour.
pub fn risk(level: &str) -> Option<(&'static str, &'static str)> {
    match level {
        "healthy" => Some(("Healthy", "green")),
        "at_risk" => Some(("At risk", "amber")),
        "critical" => Some(("Critical", "red")),
        _ => None,
    }
}

/// The country a phone number without `+` belongs to, by the workspace's locale: `en-GB` → `GB`.
pub fn country_of(locale: &str) -> Option<&str> {
    locale
        .rsplit_once('-')
        .map(|(_, region)| region)
        .filter(|r| r.len() == 2 && r.chars().all(|c| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_needs_a_name_and_every_fault_comes_beside_its_field() {
        let input = NewClient {
            company_name: "  ".into(),
            contact_email: Some("nope".into()),
            contact_phone: Some("12".into()),
            website: Some("javascript:alert(1)".into()),
            size: Some("huge".into()),
            ..NewClient::default()
        };
        let error = new(&input, None).unwrap_err();
        let fields: Vec<&str> = error.refusal().unwrap().fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["contact_email", "contact_phone", "company_name", "size", "website"]);
    }

    #[test]
    fn tags_are_kept_once_whatever_their_case() {
        let typed = ["VIP ", "vip", " Été", "ete", ""].map(str::to_owned);
        assert_eq!(tags(&typed), ["Été", "VIP"]);
    }

    #[test]
    fn a_website_becomes_an_address_that_can_be_followed_and_nothing_else() {
        assert_eq!(website("example.com/x").as_deref(), Some("https://example.com/x"));
        assert_eq!(website("http://example.com").as_deref(), Some("http://example.com"));
        for bad in ["javascript:alert(1)", "data://x.y", "localhost", "https://a b.c", "https://x.y/\"><b>"] {
            assert_eq!(website(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_contact_without_a_name_is_called_by_the_address() {
        let primary = Primary { email: Email::try_new("ada@x.co"), ..Primary::default() };
        assert_eq!(primary.name_or("Acme"), "ada");
        assert_eq!(Primary::default().name_or("Acme"), "Acme");
    }

    #[test]
    fn changed_fields_read_as_a_sentence() {
        let fields = |names: &[&str]| field_words(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(fields(&["tags"]), "the tags");
        assert_eq!(fields(&["tags", "notes"]), "the tags and the notes");
        assert_eq!(fields(&["tags", "notes", "size", "source"]), "4 fields");
    }

    #[test]
    fn an_address_without_a_street_is_refused_and_an_empty_one_is_none() {
        let mut faults = Faults::default();
        assert_eq!(address(&Address::default(), &mut faults), None);
        assert!(faults.finish().is_ok());
        let mut faults = Faults::default();
        address(&Address { city: Some("Paris".into()), ..Address::default() }, &mut faults);
        assert!(faults.finish().is_err());
    }
}
