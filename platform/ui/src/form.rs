//! What a form holds between the request and the page: values as typed, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt::Display;

/// Values as typed and errors by field; the empty name stands for the whole form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormState {
    scope: String,
    values: BTreeMap<String, Vec<String>>,
    errors: BTreeMap<String, Vec<String>>,
}

impl FormState {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty form whose field ids begin with `scope`: needed when two forms of a page share names.
    pub fn scoped(scope: impl Display) -> Self {
        Self { scope: scope.to_string(), ..Self::default() }
    }

    /// A posted body, in order, with repeated names kept.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut form = Self::new();
        for (name, value) in pairs {
            form.values.entry(name.into()).or_default().push(value.into());
        }
        form
    }

    /// Replaces the value of a field.
    pub fn set(&mut self, name: &str, value: impl Display) {
        self.values.insert(name.to_owned(), vec![value.to_string()]);
    }

    /// Adds one more value to a field.
    pub fn push(&mut self, name: &str, value: impl Display) {
        self.values.entry(name.to_owned()).or_default().push(value.to_string());
    }

    /// [`set`](Self::set), for chains.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.set(name, value);
        self
    }

    /// [`add_error`](Self::add_error), for chains.
    #[must_use]
    pub fn with_error(mut self, name: &str, message: impl Display) -> Self {
        self.add_error(name, message);
        self
    }

    /// Says what is wrong with a field; the empty name means the whole form.
    pub fn add_error(&mut self, name: &str, message: impl Display) {
        self.errors.entry(name.to_owned()).or_default().push(message.to_string());
    }

    /// The first value, or nothing.
    pub fn value(&self, name: &str) -> &str {
        self.values(name).first().map_or("", String::as_str)
    }

    /// All values of a field.
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Is this value among those of the field (ticked, chosen)?
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|v| v == value)
    }

    /// The first thing wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).and_then(|list| list.first()).map(String::as_str)
    }

    /// Everything that is wrong, with the field's name.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().flat_map(|(name, list)| list.iter().map(|text| (name.as_str(), text.as_str())))
    }

    /// Is anything wrong?
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The id of a field's control on the page.
    pub fn id(&self, name: &str) -> String {
        let scope = if self.scope.is_empty() { "f" } else { &self.scope };
        let mut id = format!("{scope}-{name}");
        id.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        id
    }
}

/// One option of a select, a radio group or a set of boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A second line, where there is room.
    pub hint: String,
    /// Options with the same group stand together.
    pub group: String,
    /// Shown, but not for choosing.
    pub disabled: bool,
}

impl Choice {
    /// A value and its label.
    pub fn new(value: impl Display, label: impl Display) -> Self {
        Self { value: value.to_string(), label: label.to_string(), ..Self::default() }
    }

    /// With a second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// In a group.
    #[must_use]
    pub fn group(mut self, group: impl Display) -> Self {
        self.group = group.to_string();
        self
    }
}

/// What can be read as one option.
pub trait AsChoice {
    /// The option.
    fn choice(&self) -> Choice;
}

impl AsChoice for Choice {
    fn choice(&self) -> Choice {
        self.clone()
    }
}

impl<V: Display, L: Display> AsChoice for (V, L) {
    fn choice(&self) -> Choice {
        Choice::new(&self.0, &self.1)
    }
}

impl<T: AsChoice + ?Sized> AsChoice for &T {
    fn choice(&self) -> Choice {
        (**self).choice()
    }
}

/// A list of options: a vector, array or slice of [`Choice`] or of pairs.
pub trait Choices {
    /// The options.
    fn choices(&self) -> Vec<Choice>;
}

impl<T: AsChoice> Choices for [T] {
    fn choices(&self) -> Vec<Choice> {
        self.iter().map(AsChoice::choice).collect()
    }
}

impl<T: AsChoice, const N: usize> Choices for [T; N] {
    fn choices(&self) -> Vec<Choice> {
        self.as_slice().choices()
    }
}

impl<T: AsChoice> Choices for Vec<T> {
    fn choices(&self) -> Vec<Choice> {
        self.as_slice().choices()
    }
}

impl<C: Choices + ?Sized> Choices for &C {
    fn choices(&self) -> Vec<Choice> {
        (**self).choices()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_posted_body_keeps_repeated_names_in_order() {
        let form = FormState::from_pairs([("tags", "b"), ("name", "Ada"), ("tags", "a")]);
        assert_eq!(form.values("tags"), ["b", "a"]);
        assert_eq!(form.value("name"), "Ada");
        assert_eq!(form.value("missing"), "");
        assert!(form.has("tags", "a") && !form.has("tags", "c"));
    }

    #[test]
    fn errors_belong_to_fields_or_to_the_whole_form() {
        let mut form = FormState::new().with("amount", "-12");
        assert!(!form.has_errors());
        form.add_error("amount", "Must be more than zero.");
        form.add_error("", "Nothing was saved.");
        assert_eq!(form.error("amount"), Some("Must be more than zero."));
        assert_eq!(form.errors().count(), 2);
        assert_eq!(form.value("amount"), "-12");
    }

    #[test]
    fn field_ids_are_plain_and_carry_the_scope() {
        assert_eq!(FormState::new().id("lines[0].rate"), "f-lines0rate");
        assert_eq!(FormState::scoped("new").id("name"), "new-name");
    }

    #[test]
    fn options_come_from_pairs_and_from_choices() {
        assert_eq!([("a", "A")].choices(), vec![Choice::new("a", "A")]);
        assert_eq!((&&vec![Choice::new(1, "x")]).choices()[0].value, "1");
    }
}
