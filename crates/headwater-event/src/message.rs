//! One definition of each message, list of codes and oneof. The codec, the JSON form and the `.proto` schema follow from it.

/// Declares a message: each field as `number name: cardinality type`, in ascending number. The cardinalities are:
///
/// - `one`: required.
/// - `opt`: may be absent.
/// - `many`: a list.
/// - `some`: a list of at least one item.
/// - `set`, `set1`: like `many` and `some`, in strictly increasing order.
/// - `num`: absent means 0 or false.
/// - `oneof`: the arms that end a message; the number is that of the first arm.
///
/// In JSON, a field that is absent is left out. With `pub struct NAME, draft DRAFT`, the message has a
/// [draft](mod@crate::draft) too.
#[macro_export]
macro_rules! message {
    ($(#[doc = $doc:literal])* pub struct $name:ident, draft $draft:ident { $($(#[doc = $field_doc:literal])* $number:literal $field:ident: $card:ident $type:ty,)+ }) => {
        $crate::message! { $(#[doc = $doc])* pub struct $name { $($(#[doc = $field_doc])* $number $field: $card $type,)+ } }
        $crate::draft! {
            #[doc = concat!("Draft of [`", stringify!($name), "`].")]
            pub struct $draft, whole $name { $($(#[doc = $field_doc])* $field: $card $type,)+ }
        }
    };
    ($(#[doc = $doc:literal])* pub struct $name:ident { $($(#[doc = $field_doc:literal])* $number:literal $field:ident: $card:ident $type:ty,)+ }) => {
        $crate::message!(@fields [$(#[doc = $doc])*] $name {} $($(#[doc = $field_doc])* $field: $card $type,)+);

        impl $crate::codec::Message for $name {
            fn describe(schema: &mut $crate::schema::Schema) -> &'static str {
                schema.message(stringify!($name), &[$($doc),*], |schema, fields| {
                    $($crate::message!(@describe schema fields [$($field_doc),*] $number $field $card $type);)+
                })
            }

            fn read_fields(reader: &mut $crate::codec::FieldReader<'_>) -> Result<Self, $crate::codec::CodecError> {
                Ok(Self { $($field: reader.$card($number, stringify!($field))?,)+ })
            }

            fn write_fields(&self, writer: &mut $crate::codec::Writer) {
                $(writer.$card($number, &self.$field);)+
            }
        }
    };
    (@describe $schema:ident $fields:ident [$($doc:literal),*] $number:literal $field:ident oneof $type:ty) => {
        $fields.oneof(stringify!($field), &[$($doc),*], <$type as $crate::codec::Oneof>::arms($schema))
    };
    (@describe $schema:ident $fields:ident [$($doc:literal),*] $number:literal $field:ident $card:ident $type:ty) => {
        let form = <$type as $crate::codec::Value>::form();
        $fields.field($number, stringify!($field), stringify!($card), <$type as $crate::codec::Value>::proto($schema), form, &[$($doc),*])
    };
    (@fields [$($doc:tt)*] $name:ident {$($done:tt)*}) => {
        $($doc)*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
        pub struct $name { $($done)* }
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: opt $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name {
            $($done)* $(#[doc = $doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,
        } $($rest)*);
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: many $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name {
            $($done)* $(#[doc = $doc])* #[serde(skip_serializing_if = "Vec::is_empty")] pub $field: Vec<$type>,
        } $($rest)*);
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: set $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name {
            $($done)* $(#[doc = $doc])* #[serde(skip_serializing_if = "Vec::is_empty")] pub $field: Vec<$type>,
        } $($rest)*);
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: some $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name { $($done)* $(#[doc = $doc])* pub $field: Vec<$type>, } $($rest)*);
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: set1 $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name { $($done)* $(#[doc = $doc])* pub $field: Vec<$type>, } $($rest)*);
    };
    (@fields $docs:tt $name:ident {$($done:tt)*} $(#[doc = $doc:literal])* $field:ident: $card:ident $type:ty, $($rest:tt)*) => {
        $crate::message!(@fields $docs $name { $($done)* $(#[doc = $doc])* pub $field: $type, } $($rest)*);
    };
}

/// Declares a closed list of codes, each as `number Variant = "word"`. The number 0 is not a code, and is never read.
#[macro_export]
macro_rules! codes {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($number:literal $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
        pub enum $name {
            $(#[doc = $word] #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every code of the list, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for people, as JSON and the command line use it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::codec::CodecError;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|code| code.as_str() == word);
                known.copied().ok_or_else(|| $crate::codec::CodecError::value(word, concat!("is not one of", $(" ", $word),+)))
            }
        }

        impl $crate::draft::Scalar for $name {
            fn of_text(text: &str) -> Result<Self, $crate::codec::CodecError> {
                text.parse()
            }
        }

        impl $crate::codec::Number for $name {
            fn number(self) -> u64 {
                match self { $(Self::$variant => $number,)+ }
            }

            fn of(number: u64) -> Result<Self, $crate::codec::CodecError> {
                match number {
                    $($number => Ok(Self::$variant),)+
                    other => Err($crate::codec::CodecError::code(other, concat!("is not one of", $(" ", $number, " ", $word),+))),
                }
            }

            fn packed(schema: &mut $crate::schema::Schema) -> &'static str {
                <Self as $crate::codec::Value>::proto(schema);
                concat!("repeated ", stringify!($name))
            }
        }

        impl $crate::codec::Value for $name {
            fn read(payload: $crate::codec::Payload<'_>) -> Result<Self, $crate::codec::CodecError> {
                <Self as $crate::codec::Number>::of(payload.number()?)
            }

            fn write(&self, out: &mut $crate::codec::FieldWriter<'_>) {
                out.number($crate::codec::Number::number(*self));
            }

            fn proto(schema: &mut $crate::schema::Schema) -> &'static str {
                schema.codes(stringify!($name), &[$($doc),*], &[$($crate::schema::Code { number: $number, variant: stringify!($variant), word: $word }),+])
            }
        }
    };
}

/// Declares the arms of a oneof, each as `number Variant(Type) = "name"`, numbered contiguously from 16. With `pub enum NAME, draft DRAFT`,
/// the oneof has a [draft](mod@crate::draft) too.
#[macro_export]
macro_rules! arms {
    ($(#[doc = $doc:literal])* pub enum $name:ident, draft $draft:ident { $($(#[doc = $arm_doc:literal])* $number:literal $variant:ident($type:ty) = $word:literal,)+ }) => {
        $crate::arms! { $(#[doc = $doc])* pub enum $name { $($(#[doc = $arm_doc])* $number $variant($type) = $word,)+ } }

        #[doc = concat!("Draft of [`", stringify!($name), "`].")]
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum $draft { $($(#[doc = $arm_doc])* $variant(<$type as $crate::draft::Drafted>::Draft),)+ }

        impl $crate::draft::Drafted for $name {
            type Draft = $draft;
        }

        impl $draft {
            const ARMS: &'static [&'static str] = &[$($word),+];

            /// Name of the arm, as documents give the arm.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)+ }
            }
        }

        impl From<$name> for $draft {
            fn from(whole: $name) -> Self {
                match whole { $($name::$variant(arm) => Self::$variant(arm.into()),)+ }
            }
        }

        $(impl From<<$type as $crate::draft::Drafted>::Draft> for $draft {
            fn from(draft: <$type as $crate::draft::Drafted>::Draft) -> Self {
                Self::$variant(draft)
            }
        })+

        impl $crate::draft::Draft for $draft {
            type Whole = $name;

            const FORM: $crate::draft::DraftForm = $crate::draft::DraftForm::Map;

            fn from_map<'de, A: serde::de::MapAccess<'de>>(map: A, so_far: &mut $crate::draft::FaultsSoFar) -> Result<Option<Self>, A::Error> {
                let mut arm = None;
                $crate::draft::fields(map, Self::ARMS, so_far, |name, map, so_far| {
                    match name {
                        $($word => {
                            let read: Option<<$type as $crate::draft::Drafted>::Draft> = $crate::draft::DraftField::read(map, so_far)?;
                            $crate::draft::one_arm(&mut arm, $word, read.map(Self::$variant), so_far);
                        })+
                        _ => {}
                    }
                    Ok(())
                })?;
                Ok(arm)
            }

            fn set_part<'de, D: serde::Deserializer<'de>>(
                slot: &mut Option<Self>,
                name: &str,
                rest: &[&str],
                from: D,
                so_far: &mut $crate::draft::FaultsSoFar,
            ) -> Result<(), D::Error> {
                match name {
                    $($word => {
                        let mut inner = match slot.take() {
                            Some(Self::$variant(inner)) => Some(inner),
                            _ => None,
                        };
                        so_far.inside(name, |so_far| $crate::draft::DraftField::set(&mut inner, rest, from, so_far))?;
                        *slot = inner.map(Self::$variant);
                    })+
                    _ => so_far.unknown(name, Self::ARMS),
                }
                Ok(())
            }

            fn complete(self, so_far: &mut $crate::draft::FaultsSoFar) -> Option<$name> {
                match self {
                    $(Self::$variant(draft) => {
                        so_far.inside($word, |so_far| $crate::draft::Draft::complete(draft, so_far)).map($name::$variant)
                    })+
                }
            }
        }
    };
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($(#[doc = $arm_doc:literal])* $number:literal $variant:ident($type:ty) = $word:literal,)+ }) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
        pub enum $name {
            $($(#[doc = $arm_doc])* #[serde(rename = $word)] $variant($type),)+
        }

        impl $crate::codec::Oneof for $name {
            fn read_arm(number: u32, payload: $crate::codec::Payload<'_>) -> Result<Option<Self>, $crate::codec::CodecError> {
                match number {
                    $($number => <$type as $crate::codec::Value>::read(payload)
                        .map(|value| Some(Self::$variant(value)))
                        .map_err(|error| error.inside($word)),)+
                    _ => Ok(None),
                }
            }

            fn write_arm(&self, writer: &mut $crate::codec::Writer) {
                match self { $(Self::$variant(value) => writer.one($number, value),)+ }
            }

            fn arms(schema: &mut $crate::schema::Schema) -> Vec<$crate::schema::Arm> {
                vec![$($crate::schema::Arm {
                    number: $number,
                    name: $word,
                    proto: <$type as $crate::codec::Value>::proto(schema),
                    doc: concat!($($arm_doc),*),
                }),+]
            }
        }
    };
}
