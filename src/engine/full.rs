//! What the full engine alone has (Cargo's feature `full`). In the other it is not compiled in.

/// That this engine is the full one. The other has no value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    #[cfg(feature = "full")]
    Here,
}

impl Full {
    #[cfg(feature = "full")]
    pub const PROOF: Option<Self> = Some(Self::Here);
    #[cfg(not(feature = "full"))]
    pub const PROOF: Option<Self> = None;
}

/// Something that may be there in the full engine. In the other it takes no room and never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFull<T>(
    #[cfg(feature = "full")] Option<T>,
    #[cfg(not(feature = "full"))] core::marker::PhantomData<T>,
);

#[cfg(feature = "full")]
impl<T> InFull<T> {
    pub fn new(value: Option<T>) -> Self {
        Self(value)
    }

    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut()
    }
}

#[cfg(not(feature = "full"))]
impl<T> InFull<T> {
    pub fn new(_: Option<T>) -> Self {
        Self(core::marker::PhantomData)
    }

    pub const fn get(&self) -> Option<&T> {
        None
    }

    pub const fn get_mut(&mut self) -> Option<&mut T> {
        None
    }
}
