//! Reads Stripe's form encoding back: `line_items[0][price_data][currency]=eur`.

use std::collections::BTreeMap;

/// A value, or fields by name; a list's fields are named by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Fields(BTreeMap<String, Node>),
}

/// The whole form.
pub fn decode(encoded: &str) -> Result<Node, String> {
    let mut root = BTreeMap::new();
    for (key, value) in url::form_urlencoded::parse(encoded.as_bytes()) {
        let mut names: Vec<&str> = key.split('[').collect();
        for name in names.iter_mut().skip(1) {
            *name = name.strip_suffix(']').ok_or(format!("{key}: a bracket is open"))?;
        }
        insert(&mut root, &names, &value).ok_or(format!("{key} is given twice"))?;
    }
    Ok(Node::Fields(root))
}

fn insert(fields: &mut BTreeMap<String, Node>, names: &[&str], value: &str) -> Option<()> {
    let (name, inner) = names.split_first()?;
    if inner.is_empty() {
        return fields.insert((*name).into(), Node::Text(value.into())).is_none().then_some(());
    }
    match fields.entry((*name).into()).or_insert_with(|| Node::Fields(BTreeMap::new())) {
        Node::Fields(fields) => insert(fields, inner, value),
        Node::Text(_) => None,
    }
}

#[test]
fn brackets_become_levels_and_nothing_is_given_twice() {
    let text = |value: &str| Node::Text(value.into());
    let fields = |list: &[(&str, Node)]| {
        Node::Fields(list.iter().map(|(name, node)| ((*name).into(), node.clone())).collect())
    };
    let items = fields(&[("0", fields(&[("a", text("1")), ("b", text("x y"))])), ("1", text("z"))]);
    let form = decode("items%5B0%5D%5Ba%5D=1&items[0][b]=x+y&items[1]=z&mode=").unwrap();
    assert_eq!(form, fields(&[("items", items), ("mode", text(""))]));
    assert_eq!(decode(""), Ok(fields(&[])));
    for wrong in ["a=1&a=2", "a=1&a[b]=2", "a[b]=1&a=2", "a[b=1"] {
        assert!(decode(wrong).is_err(), "{wrong}");
    }
}
