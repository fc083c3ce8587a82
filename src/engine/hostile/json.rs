//! Text that is not what a command should be, or more of it than anybody needs.

use super::{Shape, command, first, items, lines_of, operation, shape};

/// Every shape.
pub(super) fn shapes() -> Vec<Shape> {
    [lists(), wrong_lines(), keys(), texts(), numbers(), nested()].into_iter().flatten().collect()
}

/// A short name; of different numbers different ones.
fn short(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let mut name = String::new();
    loop {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
    }
}

/// A count of a list of products.
fn count(products: &str) -> Vec<u8> {
    operation("create_count", &format!(r#""count_id":"C","count_type":"full_count","product_ids":[{products}]"#))
}

/// A receipt with something in it.
fn receipt(fields: &str) -> Vec<u8> {
    operation("receive_items", fields)
}

/// A sale of lines.
fn sale(lines: &str) -> Vec<u8> {
    operation("record_sale", &format!(r#""sale_id":"P","lines":[{lines}]"#))
}

fn zeros(many: usize) -> String {
    "0,".repeat(many) + "0"
}

fn lists() -> Vec<Shape> {
    vec![
        shape("carton_ids, all different", |bytes| {
            receipt(&format!(r#""carton_ids":[{}]"#, items(bytes, |n| format!(r#""K{n:06}""#))))
        }),
        shape("carton_ids, all the same", |bytes| {
            receipt(&format!(r#""carton_ids":[{}]"#, items(bytes, |_| r#""K""#.to_owned())))
        }),
        shape("product_ids, all different", |bytes| count(&items(bytes, |n| format!(r#""{}""#, short(n))))),
        shape("product_ids, all the same", |bytes| count(&items(bytes, |_| r#""a""#.to_owned()))),
        shape("product_ids of 64 characters", |bytes| count(&items(bytes, |n| format!(r#""{n:064}""#)))),
        shape("product_ids that are no ids", |bytes| count(&items(bytes, |_| r#""""#.to_owned()))),
        shape("carton_ids that are numbers", |bytes| receipt(&format!(r#""carton_ids":[{}]"#, zeros(bytes / 2 - 200)))),
    ]
}

fn wrong_lines() -> Vec<Shape> {
    vec![
        shape("lines with nothing in them", |bytes| sale(&items(bytes, |_| "{}".to_owned()))),
        shape("lines that are null", |bytes| sale(&items(bytes, |_| "null".to_owned()))),
        shape("lines with wrong quantities", |bytes| {
            sale(&items(bytes, |n| format!(r#"{{"product_id":"{n}","quantity":-1}}"#)))
        }),
        shape("lines of one product, more than may be", |bytes| {
            sale(&items(bytes, |_| r#"{"product_id":"A","quantity":1}"#.to_owned()))
        }),
        shape("lines of different products, more than may be", |bytes| {
            sale(&items(bytes, |n| format!(r#"{{"product_id":"{n}","quantity":1}}"#)))
        }),
        shape("quantities that are lists", |bytes| {
            let list = zeros(490);
            sale(&first(lines_of(bytes), |n| format!(r#"{{"product_id":"{n}","quantity":[{list}]}}"#)))
        }),
        shape("numbers of a count that are texts", |bytes| {
            let lines = items(bytes, |n| format!(r#"{{"product_id":"{n}","count":"x","zone":{n}}}"#));
            operation("submit_count", &format!(r#""count_id":"C","lines":[{lines}]"#))
        }),
    ]
}

fn keys() -> Vec<Shape> {
    let many = |bytes, prefix: &'static str| items(bytes, |n| format!(r#""{prefix}{n}":0"#));
    vec![
        shape("unknown fields of the envelope", move |bytes| command(0, &many(bytes, "k"))),
        shape("operations that are unknown", move |bytes| {
            command(0, &format!(r#""operation":{{{}}}"#, many(bytes, "o")))
        }),
        shape("unknown fields of an operation", move |bytes| receipt(&many(bytes, "f"))),
        shape("unknown fields of a line", move |bytes| sale(&format!("{{{}}}", many(bytes, "l")))),
        shape("one key again and again", |bytes| command(0, &items(bytes, |_| r#""operation":{}"#.to_owned()))),
        shape("one key of a line again and again", |bytes| {
            sale(&format!("{{{}}}", items(bytes, |_| r#""product_id":"A""#.to_owned())))
        }),
        shape("one gate again and again", |bytes| {
            let gates = items(bytes, |_| r#""counts":true"#.to_owned());
            operation("configure_store", &format!(r#""features":{{{gates}}}"#))
        }),
        shape("gates that are unknown", move |bytes| {
            operation("configure_store", &format!(r#""features":{{{}}}"#, many(bytes, "g")))
        }),
        shape("external identifiers of one line", |bytes| {
            let ids = items(bytes, |n| format!(r#""i{n}":"x""#));
            receipt(&format!(r#""lines":[{{"product_id":"A","quantity":1,"external_identifiers":{{{ids}}}}}]"#))
        }),
    ]
}

fn texts() -> Vec<Shape> {
    let note = |text: &str| operation("adjust_stock", &format!(r#""reason_code":"R","note":"{text}","lines":[]"#));
    vec![
        shape("a text", move |bytes| note(&"x".repeat(bytes - 400))),
        shape("a text of escapes", move |bytes| note(&r"\u00e4".repeat((bytes - 400) / 6))),
        shape("a text of controls", move |bytes| note(&r"\u0000".repeat((bytes - 400) / 6))),
        shape("a text of halves of surrogates", move |bytes| note(&r"\ud83d".repeat((bytes - 400) / 6))),
        shape("a text of backslashes, then half a surrogate", move |bytes| {
            note(&(r"\\".repeat(bytes / 2 - 200) + r"\ud83d"))
        }),
        shape("a text that never ends", |bytes| [b"{\"a\":\"", &vec![b'x'; bytes - 6][..]].concat()),
        shape("a store", |bytes| command(0, &format!(r#""store_id":"{}""#, "s".repeat(bytes - 200)))),
        shape("a correlation id", |bytes| {
            command(0, &format!(r#""correlation_id":"{}","operation":{{}}"#, "c".repeat(bytes - 300)))
        }),
        shape("a correlation id of escapes", |bytes| {
            command(0, &format!(r#""correlation_id":"{}","operation":{{}}"#, r"\u0001".repeat((bytes - 300) / 6)))
        }),
        shape("a key", |bytes| command(0, &format!(r#""{}":0"#, "k".repeat(bytes - 200)))),
        shape("the name of an operation", |bytes| operation(&"o".repeat(bytes - 200), "")),
        shape("blanks", |bytes| {
            let mut value = operation("cancel_count", r#""count_id":"C","reason":"r""#);
            value.splice(1..1, vec![b' '; bytes - 300]);
            value
        }),
        shape("bytes that are no text", |bytes| [b"{\"", &vec![0xc3; bytes][..]].concat()),
    ]
}

fn numbers() -> Vec<Shape> {
    let quantity = |number: &str| sale(&format!(r#"{{"product_id":"A","quantity":{number}}}"#));
    vec![
        shape("a number nobody asked for", |bytes| command(0, &format!(r#""x":{}"#, "9".repeat(bytes - 200)))),
        shape("numbers beyond every double", |bytes| {
            command(0, &format!(r#""x":[{}]"#, items(bytes, |_| "1e999".to_owned())))
        }),
        shape("a quantity of many digits", move |bytes| quantity(&"9".repeat(bytes - 300))),
        shape("a quantity of many zeros", move |bytes| quantity(&format!("1.{}", "0".repeat(bytes - 300)))),
        shape("a quantity with a long exponent", move |bytes| quantity(&format!("1e{}", "9".repeat(bytes - 300)))),
        shape("a quantity with a small exponent", move |bytes| {
            quantity(&format!("{}e-{}", "1".repeat(bytes - 300), bytes - 301))
        }),
        shape("an instant of many digits", |bytes| {
            let digits = "1".repeat(bytes - 300);
            command(0, &format!(r#""occurred_at":"2026-03-02T10:00:00.{digits}Z","operation":{{"close_asn":{{}}}}"#))
        }),
    ]
}

fn nested() -> Vec<Shape> {
    let bomb = |bytes, open: &'static str, close: &'static str, inside: &'static str| {
        let deep = open.repeat(120) + inside + &close.repeat(120);
        command(0, &format!(r#""x":[{}]"#, items(bytes, |_| deep.clone())))
    };
    vec![
        shape("brackets that never close", |bytes| vec![b'['; bytes]),
        shape("braces that never close", |bytes| br#"{"":"#.repeat(bytes / 4)),
        shape("lists 120 deep", move |bytes| bomb(bytes, "[", "]", "")),
        shape("objects 120 deep", move |bytes| bomb(bytes, r#"{"":"#, "}", "0")),
        shape("empty lists", |bytes| command(0, &format!(r#""x":[{}]"#, items(bytes, |_| "[]".to_owned())))),
        shape("a number beside the other", |bytes| {
            [b"[".to_vec(), zeros(bytes / 2).into_bytes(), b"]".to_vec()].concat()
        }),
    ]
}
