//! The doors to outside services, by type: `parts.get::<Store>()`.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
};

/// A set of services, one of each type, put together once at start.
#[derive(Clone, Default)]
pub struct Parts {
    own: Arc<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    under: Option<Arc<Parts>>,
}

impl Parts {
    /// With one more service; the newest of a type wins. Only while it is put together.
    ///
    /// # Panics
    /// When the set has already been shared.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, part: T) -> Self {
        Arc::get_mut(&mut self.own)
            .expect("parts are put together before they are shared")
            .insert(TypeId::of::<T>(), Box::new(part));
        self
    }
    /// A set with one more service, over a set that is already shared.
    #[must_use]
    pub fn and<T: Clone + Send + Sync + 'static>(&self, part: T) -> Self {
        let mut more = Self { under: Some(Arc::new(self.clone())), ..Self::default() };
        more = more.with(part);
        more
    }
    /// The service of that type, if one was put in.
    #[must_use]
    pub fn find<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let own = self.own.get(&TypeId::of::<T>()).and_then(|part| part.downcast_ref::<T>()).cloned();
        own.or_else(|| self.under.as_ref()?.find())
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
