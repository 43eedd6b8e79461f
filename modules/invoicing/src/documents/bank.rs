//! Reading an account out of the bank details a person typed.

use rapport_pdf::{Bank, Row, valid_iban};

/// The account in some lines of text: `IBAN: DE…`, `BIC: …`, `Account holder: …`, and whatever else.
pub(crate) fn read(text: &str, holder: &str) -> Option<Bank> {
    let mut bank = Bank { holder: holder.to_owned(), ..Bank::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (label, value) = match line.split_once(':') {
            Some((label, value)) => (label.trim(), value.trim()),
            None => ("", line),
        };
        let known = label.to_lowercase();
        if bank.iban.is_empty() && valid_iban(value) {
            bank.iban = value.to_owned();
        } else if let Some(rest) =
            line.get(..5).filter(|head| head.eq_ignore_ascii_case("iban ")).map(|_| &line[5..])
            && valid_iban(rest)
        {
            bank.iban = rest.to_owned();
        } else if bank.bic.is_empty() && (known.contains("bic") || known.contains("swift")) {
            bank.bic = value.to_owned();
        } else if known.contains("holder") || known == "name" {
            bank.holder = value.to_owned();
        } else if known == "bank" || label.is_empty() && bank.name.is_empty() {
            bank.name = value.to_owned();
        } else {
            bank.details.push(Row { label: label.to_owned(), value: value.to_owned() });
        }
    }
    let something =
        !bank.iban.is_empty() || !bank.name.is_empty() || !bank.details.is_empty() || !bank.bic.is_empty();
    something.then_some(bank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_as_people_write_it_down() {
        let bank = read(
            "Nordbank\nIBAN: DE89 3704 0044 0532 0130 00\nBIC: COBADEFFXXX\nAccount holder: Ada Morel",
            "Northlight",
        )
        .unwrap();
        assert_eq!(
            (bank.name.as_str(), bank.iban.as_str(), bank.bic.as_str()),
            ("Nordbank", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
        );
        assert_eq!(bank.holder, "Ada Morel");
        let bare = read("IBAN DE89370400440532013000", "Northlight").unwrap();
        assert_eq!((bare.iban.as_str(), bare.holder.as_str()), ("DE89370400440532013000", "Northlight"));
        let british = read("Sort code: 12-34-56\nAccount number: 12345678", "Northlight").unwrap();
        assert_eq!(british.details.len(), 2);
        assert!(read(" \n ", "Northlight").is_none());
    }

    #[test]
    fn a_mistyped_iban_is_no_iban() {
        let bank = read("IBAN: DE00 3704 0044 0532 0130 00", "Northlight").unwrap();
        assert!(bank.iban.is_empty() && bank.details[0].label == "IBAN");
    }
}
