/// The methods of a serializer for what no schema of ours has.
macro_rules! refuse {
    ($error:path) => {
        type SerializeTuple = serde::ser::Impossible<(), $error>;
        type SerializeTupleStruct = serde::ser::Impossible<(), $error>;
        type SerializeTupleVariant = serde::ser::Impossible<(), $error>;
        type SerializeStructVariant = serde::ser::Impossible<(), $error>;

        $crate::codec::avro::refuse! { $error, (), Self::Ok:
            serialize_i8(i8) serialize_i16(i16) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
            serialize_u64(u64) serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_bytes(&[u8])
            serialize_unit() serialize_unit_struct(&'static str)
            serialize_unit_variant(&'static str, u32, &'static str)
        }
        $crate::codec::avro::refuse! { $error, (), serde::ser::Impossible<(), $error>:
            serialize_tuple(usize) serialize_tuple_struct(&'static str, usize)
            serialize_tuple_variant(&'static str, u32, &'static str, usize)
            serialize_struct_variant(&'static str, u32, &'static str, usize)
        }

        fn serialize_newtype_variant<T: ?Sized + serde::Serialize>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), $error> {
            Err($error("an enum has no form in our schemas".into()))
        }
    };
    ($error:path, (), $ok:ty: $($method:ident($($type:ty),*))+) => {
        $(fn $method(self, $(_: $type),*) -> Result<$ok, $error> {
            Err($error(concat!(stringify!($method), ": no form in our schemas").into()))
        })+
    };
}
pub(in crate::codec) use refuse;
