//! The secrets this module keeps sealed.

use rapport_web::Sealed;

/// All of them.
pub(crate) const SECRETS: &[Sealed] = &[Sealed {
    name: "identity.signing_keys.sealed_private_key",
    count: "select seal_key_id, count(*) from identity.signing_keys group by 1 order by 1",
    find: "select id, sealed_private_key, 'identity/signing_keys/sealed_private_key/' || id
           from identity.signing_keys where seal_key_id <> $1 and id > $2 order by id limit $3 for update",
    replace: "update identity.signing_keys set sealed_private_key = $3, seal_key_id = $4
              where id = $1 and sealed_private_key = $2",
}];
