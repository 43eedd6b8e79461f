//! What a contact's details must be.

use jiff::civil::Date;
use rapport_base::{Email, Phone, Result, text};

use super::{Contact, ContactChange, NewContact, Role};
use crate::clients::rules::Faults;

/// Channels a person may agree to be written to by.
pub const CHANNELS: [&str; 3] = ["email", "sms", "phone"];

/// A contact's details after checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub email: Option<Email>,
    pub phone: Option<Phone>,
    pub job_title: Option<String>,
    pub roles: Vec<&'static str>,
    pub do_not_contact: bool,
    pub language: Option<String>,
    pub birthday: Option<Date>,
    pub notes: Option<String>,
    pub consents: Vec<String>,
}

fn line(typed: Option<&str>) -> Option<String> {
    typed.and_then(text::clean_line)
}

fn name(typed: &str, faults: &mut Faults) -> String {
    text::clean_line(typed).unwrap_or_else(|| {
        faults.add("name", "required", "Write the person's name.");
        String::new()
    })
}

fn roles(roles: &[Role]) -> Vec<&'static str> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles.into_iter().map(Role::as_str).collect()
}

fn consents(typed: &[String], faults: &mut Faults) -> Vec<String> {
    if typed.iter().any(|channel| !CHANNELS.contains(&channel.as_str())) {
        faults.add("consents", "unknown", "Choose of email, sms and phone.");
    }
    CHANNELS.iter().filter(|channel| typed.iter().any(|t| t == *channel)).map(|c| (*c).to_owned()).collect()
}

/// Checks a new contact.
///
/// # Errors
/// Invalid with every fault beside its field.
pub fn new(input: &NewContact, country: Option<&str>) -> Result<Draft> {
    let mut faults = Faults::default();
    let draft = Draft {
        name: name(&input.name, &mut faults),
        email: faults.email("email", input.email.as_deref()),
        phone: faults.phone("phone", input.phone.as_deref(), country),
        job_title: line(input.job_title.as_deref()),
        roles: roles(&input.roles),
        do_not_contact: input.do_not_contact,
        language: line(input.language.as_deref()),
        birthday: input.birthday,
        notes: input.notes.as_deref().and_then(text::clean),
        consents: consents(&input.consents, &mut faults),
    };
    faults.finish()?;
    Ok(draft)
}

/// What a contact is after a change.
///
/// # Errors
/// Invalid with every fault beside its field.
pub fn changed(was: &Contact, change: &ContactChange, country: Option<&str>) -> Result<Draft> {
    fn keep(change: &Option<Option<String>>, was: &Option<String>) -> Option<String> {
        change.clone().unwrap_or_else(|| was.clone())
    }
    let mut faults = Faults::default();
    let kept: Vec<Role> = was.roles.iter().filter_map(|role| role.parse().ok()).collect();
    let draft = Draft {
        name: name(change.name.as_deref().unwrap_or(&was.name), &mut faults),
        email: faults.email("email", keep(&change.email, &was.email).as_deref()),
        phone: faults.phone("phone", keep(&change.phone, &was.phone).as_deref(), country),
        job_title: line(keep(&change.job_title, &was.job_title).as_deref()),
        roles: roles(change.roles.as_deref().unwrap_or(&kept)),
        do_not_contact: change.do_not_contact.unwrap_or(was.do_not_contact),
        language: line(keep(&change.language, &was.language).as_deref()),
        birthday: change.birthday.unwrap_or(was.birthday),
        notes: keep(&change.notes, &was.notes).as_deref().and_then(text::clean),
        consents: consents(change.consents.as_deref().unwrap_or(&was.consents), &mut faults),
    };
    faults.finish()?;
    Ok(draft)
}

/// Channels whose consent changed: the channel and whether it is granted now.
pub fn consent_changes(was: &[String], is: &[String]) -> Vec<(&'static str, bool)> {
    CHANNELS
        .into_iter()
        .map(|channel| (channel, was.iter().any(|c| c == channel), is.iter().any(|c| c == channel)))
        .filter(|(_, before, now)| before != now)
        .map(|(channel, _, now)| (channel, now))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_kept_once_and_a_phone_number_as_e164() {
        let input = NewContact {
            name: " Ada  Morel ".into(),
            phone: Some("020 7183 8750".into()),
            roles: vec![Role::Portal, Role::Billing, Role::Portal],
            ..NewContact::default()
        };
        let draft = new(&input, Some("GB")).unwrap();
        assert_eq!((draft.name.as_str(), draft.phone.unwrap().as_str()), ("Ada Morel", "+442071838750"));
        assert_eq!(draft.roles, ["billing", "portal"]);
    }

    #[test]
    fn consent_is_noted_only_where_it_changed() {
        let was = ["email".to_owned(), "sms".to_owned()];
        assert_eq!(
            consent_changes(&was, &["email".to_owned(), "phone".to_owned()]),
            [("sms", false), ("phone", true)]
        );
        assert!(consent_changes(&was, &was).is_empty());
    }
}
