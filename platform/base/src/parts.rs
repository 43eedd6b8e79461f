//! The doors to outside services, by type: `parts.get::<Store>()`.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
};

/// A set of services, one of each type, put together once at start.
#[derive(Clone, Default)]
pub struct Parts(Arc<HashMap<TypeId, Box<dyn Any + Send + Sync>>>);

impl Parts {
    /// With one more service; the newest of a type wins. Only while it is put together.
    ///
    /// # Panics
    /// When the set has already been shared.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, part: T) -> Self {
        Arc::get_mut(&mut self.0)
            .expect("parts are put together before they are shared")
            .insert(TypeId::of::<T>(), Box::new(part));
        self
    }
    /// The service of that type, if one was put in.
    #[must_use]
    pub fn find<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.get(&TypeId::of::<T>()).and_then(|part| part.downcast_ref::<T>()).cloned()
    }
    /// The service of that type.
    ///
    /// # Panics
    /// When it was never put in: a fault of the program's assembly.
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> T {
        self.find().unwrap_or_else(|| panic!("no {} was put into the parts", type_name::<T>()))
    }
}
