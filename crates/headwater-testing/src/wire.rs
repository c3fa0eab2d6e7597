//! Protobuf on the wire, with every other encoding of a message that a library may write.

/// One field: its number and its payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Field number, as in the schema.
    pub number: u32,
    payload: Payload,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Payload {
    Number(u64),
    Bytes(Vec<u8>),
}

/// The fields of a message, in the order of the bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wire(pub Vec<Field>);

impl Field {
    /// A field with a number, encoded as a varint.
    pub fn number(number: u32, value: u64) -> Self {
        Self { number, payload: Payload::Number(value) }
    }

    /// A field with bytes, a text or a message.
    pub fn bytes(number: u32, value: Vec<u8>) -> Self {
        Self { number, payload: Payload::Bytes(value) }
    }

    /// Returns the number of the field, or as `Err` its bytes.
    pub fn payload(&self) -> Result<u64, &[u8]> {
        match &self.payload {
            Payload::Number(value) => Ok(*value),
            Payload::Bytes(bytes) => Err(bytes),
        }
    }

    /// Replaces the payload by a number.
    pub fn set_number(&mut self, value: u64) {
        self.payload = Payload::Number(value);
    }

    /// Replaces the payload by bytes.
    pub fn set_bytes(&mut self, value: Vec<u8>) {
        self.payload = Payload::Bytes(value);
    }
}

impl Wire {
    /// Splits a message into fields. Panics when the bytes are not a message.
    pub fn read(bytes: &[u8]) -> Self {
        Self::split(bytes).expect("a message")
    }

    /// Splits any bytes into fields. Returns `None` when the bytes are not a message.
    pub fn split(mut bytes: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = take(&mut bytes)?;
            let number = u32::try_from(tag >> 3).ok()?;
            fields.push(match tag & 7 {
                0 => Field::number(number, take(&mut bytes)?),
                2 => {
                    let length = usize::try_from(take(&mut bytes)?).ok()?;
                    let (payload, rest) = bytes.split_at_checked(length)?;
                    bytes = rest;
                    Field::bytes(number, payload.to_vec())
                }
                _ => return None,
            });
        }
        Some(Self(fields))
    }

    /// Writes the fields in their present order.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in &self.0 {
            let tag = u64::from(field.number) << 3;
            match &field.payload {
                Payload::Number(value) => {
                    put(&mut bytes, tag);
                    put(&mut bytes, *value);
                }
                Payload::Bytes(payload) => {
                    put(&mut bytes, tag | 2);
                    put(&mut bytes, payload.len() as u64);
                    bytes.extend_from_slice(payload);
                }
            }
        }
        bytes
    }

    /// The first field with a number.
    pub fn find(&self, number: u32) -> &Field {
        self.0.iter().find(|field| field.number == number).unwrap_or_else(|| panic!("field {number}"))
    }

    /// The first field with a number, to change it.
    pub fn find_mut(&mut self, number: u32) -> &mut Field {
        self.0.iter_mut().find(|field| field.number == number).unwrap_or_else(|| panic!("field {number}"))
    }

    /// Removes all fields with a number.
    pub fn remove(&mut self, number: u32) {
        self.0.retain(|field| field.number != number);
    }

    /// Swaps the positions of two fields.
    pub fn swap(&mut self, one: u32, other: u32) {
        let place = |number| self.0.iter().position(|field| field.number == number).expect("a field");
        let (one, other) = (place(one), place(other));
        self.0.swap(one, other);
    }

    /// Changes the message inside the first field with a number.
    pub fn inside(&mut self, number: u32, change: &dyn Fn(&mut Wire)) {
        let field = self.find_mut(number);
        let Payload::Bytes(bytes) = &field.payload else { panic!("field {number} holds a message") };
        let mut within = Wire::read(bytes);
        change(&mut within);
        field.set_bytes(within.write());
    }
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
