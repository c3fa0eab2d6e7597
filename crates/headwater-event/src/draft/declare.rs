//! The declaration of a draft, from the fields of a struct.

/// Declares the draft of a struct, with fields of the same names: `pub struct NAME, whole STRUCT { field: cardinality type, … }`. The
/// cardinalities are those of [`message!`](crate::message!).
#[macro_export]
macro_rules! draft {
    ($(#[$doc:meta])* pub struct $draft:ident, whole $name:ident { $($(#[$field_doc:meta])* $field:ident: $card:ident $type:ty,)+ }) => {
        $crate::draft!(@struct [$(#[$doc])*] $draft {} $($(#[$field_doc])* $field: $card $type,)+);

        impl $crate::draft::Drafted for $name {
            type Draft = $draft;
        }

        impl From<$name> for $draft {
            fn from(whole: $name) -> Self {
                Self { $($field: $crate::draft!(@from whole.$field, $card),)+ }
            }
        }

        impl $draft {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];
        }

        impl $crate::draft::Draft for $draft {
            type Whole = $name;

            const FORM: $crate::draft::DraftForm = $crate::draft::DraftForm::Map;

            fn from_map<'de, A: serde::de::MapAccess<'de>>(map: A, so_far: &mut $crate::draft::FaultsSoFar) -> Result<Option<Self>, A::Error> {
                let mut draft = Self::default();
                $crate::draft::fields(map, Self::FIELDS, so_far, |name, map, so_far| {
                    match name {
                        $(stringify!($field) => draft.$field = $crate::draft::DraftField::read(map, so_far)?,)+
                        _ => {}
                    }
                    Ok(())
                })?;
                Ok(Some(draft))
            }

            fn set_part<'de, D: serde::Deserializer<'de>>(
                slot: &mut Option<Self>,
                name: &str,
                rest: &[&str],
                from: D,
                so_far: &mut $crate::draft::FaultsSoFar,
            ) -> Result<(), D::Error> {
                let draft = slot.get_or_insert_default();
                match name {
                    $(stringify!($field) => so_far.inside(name, |so_far| $crate::draft::DraftField::set(&mut draft.$field, rest, from, so_far)),)+
                    _ => {
                        so_far.unknown(name, Self::FIELDS);
                        Ok(())
                    }
                }
            }

            fn complete(self, so_far: &mut $crate::draft::FaultsSoFar) -> Option<$name> {
                $(let $field = so_far.inside(stringify!($field), |so_far| $crate::draft!(@complete self.$field, so_far, $card));)+
                Some($name { $($field: $field?,)+ })
            }
        }
    };
    (@from $value:expr, opt) => { $value.map(Into::into) };
    (@from $value:expr, many) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, some) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, set) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, set1) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, $card:ident) => { Some($value.into()) };
    (@complete $value:expr, $so_far:ident, num) => { $crate::draft::opt($value, $so_far).map(Option::unwrap_or_default) };
    (@complete $value:expr, $so_far:ident, oneof) => { $crate::draft::one($value, $so_far) };
    (@complete $value:expr, $so_far:ident, $card:ident) => { $crate::draft::$card($value, $so_far) };
    (@struct [$($doc:tt)*] $draft:ident {$($done:tt)*}) => {
        $($doc)*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $draft { $($done)* }
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: many $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: some $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: set $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: set1 $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: $card:ident $type:ty, $($rest:tt)*) => {
        $crate::draft!(@struct $docs $draft {
            $($done)* $(#[$doc])* pub $field: Option<<$type as $crate::draft::Drafted>::Draft>,
        } $($rest)*);
    };
    (@list $docs:tt $draft:ident {$($done:tt)*} [$($doc:tt)*] $field:ident $type:ty; $($rest:tt)*) => {
        $crate::draft!(@struct $docs $draft {
            $($done)* $($doc)* pub $field: Vec<<$type as $crate::draft::Drafted>::Draft>,
        } $($rest)*);
    };
}
