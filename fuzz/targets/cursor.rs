//! A cursor that is read reads the same when it is packed again; any other is refused in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_base::Cursor;

fuzz_target!(|text: &str| {
    if let Ok(key) = Cursor::unpack::<(String, Option<i64>, String)>(text) {
        let packed = Cursor::pack(&key);
        assert_eq!(Cursor::unpack::<(String, Option<i64>, String)>(&packed.0).ok(), Some(key));
    }
});
