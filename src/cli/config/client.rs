//! `[kafka]`: client properties as librdkafka names them, passed on as they are, but for those that decide
//! whether the processor is right.

use std::collections::BTreeMap;

use super::found::Found;

/// Properties that are set by the processor, and why.
const OURS: [(&str, &str); 14] = [
    ("enable.auto.commit", "offsets are committed in the transaction that holds what they caused"),
    ("enable.auto.offset.store", "offsets are committed in the transaction that holds what they caused"),
    ("isolation.level", "aborted records must not be read; it is read_committed"),
    ("enable.idempotence", "a transactional producer is always idempotent"),
    ("transactional.id", "each partition has its own, made from group.id"),
    ("acks", "a transactional producer waits for all replicas in sync"),
    ("request.required.acks", "a transactional producer waits for all replicas in sync"),
    ("auto.offset.reset", "a partition without a committed offset is read from its beginning"),
    ("partition.assignment.strategy", "the processor's own hand-over of partitions depends on it"),
    ("enable.partition.eof", "the processor compares positions itself"),
    ("message.timeout.ms", "it must not exceed the time-out of a transaction"),
    ("delivery.timeout.ms", "it must not exceed the time-out of a transaction"),
    ("group.id", "it is the key id in the section [group]"),
    ("group.instance.id", "it is the key instance_id in the section [group]"),
];

/// Properties of the Java client that have no meaning here, and what takes their place.
const JAVA: [(&str, &str); 12] = [
    ("sasl.jaas.config", "\"sasl.username\" and \"sasl.password\""),
    ("ssl.truststore.location", "\"ssl.ca.location\", a PEM file"),
    ("ssl.truststore.password", "\"ssl.ca.location\", a PEM file without password"),
    ("ssl.truststore.type", "\"ssl.ca.location\", a PEM file"),
    ("ssl.keystore.type", "\"ssl.certificate.location\" and \"ssl.key.location\", PEM files"),
    ("sasl.client.callback.handler.class", "\"sasl.oauthbearer.method\" and its companions"),
    ("sasl.login.callback.handler.class", "\"sasl.oauthbearer.method\" and its companions"),
    ("key.serializer", "nothing: keys are text"),
    ("value.serializer", "topics.format"),
    ("key.deserializer", "nothing: keys are text"),
    ("value.deserializer", "nothing: both formats are read"),
    ("max.poll.records", "batch.records_max"),
];

/// Reads the section, noting every fault. In the environment `_` stands for `.`.
pub fn read(found: &mut Found) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    for (name, value) in found.section("kafka") {
        let name = name.replace('_', ".");
        let key = format!("kafka.{name}");
        if let Some((_, reason)) = OURS.iter().find(|(ours, _)| *ours == name) {
            found.fault(&key, format!("is not yours to set: {reason}"));
        } else if let Some((_, instead)) = JAVA.iter().find(|(java, _)| *java == name) {
            found.fault(&key, format!("is a property of the Java client; here it is {instead}"));
        } else {
            properties.insert(name, value);
        }
    }
    properties
}

/// Whether the value of a property must not be shown.
pub fn is_secret(name: &str) -> bool {
    ["password", "secret", "key.pem", "oauthbearer.config", "token"].iter().any(|part| name.contains(part))
}
