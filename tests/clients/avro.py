"""Confluent's serializers at both ends of stockroom: nobody here wrote them.

avro.py send BROKERS REGISTRY TOPIC STORE COMMAND_ID   one receipt, with a schema of its own that it registers itself
avro.py read BROKERS REGISTRY TOPIC                     all committed values, one JSON object a line
"""

import json
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

# A part of ours, with fields in another order: what is left out has a default.
LINE = {"type": "record", "name": "ReceiptLine", "fields": [
    {"name": "quantity", "type": "long"}, {"name": "product_id", "type": "string"}]}
RECEIVE = {"type": "record", "name": "ReceiveItems", "fields": [
    {"name": "lines", "type": ["null", {"type": "array", "items": LINE}], "default": None},
    {"name": "order_ref", "type": ["null", "string"], "default": None}]}
COMMAND = {"type": "record", "name": "Command", "namespace": "stockroom.inventory.v1", "fields": [
    {"name": "operation", "type": {"type": "record", "name": "Operation", "fields": [
        {"name": "receive_items", "type": ["null", RECEIVE], "default": None}]}},
    {"name": "actor", "type": {"type": "record", "name": "Actor", "fields": [{"name": "id", "type": "string"}]}},
    {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "store_id", "type": "string"},
    {"name": "command_id", "type": "string"}]}


def send(brokers, registry, topic, store, command_id):
    serialize = AvroSerializer(SchemaRegistryClient({"url": registry}), json.dumps(COMMAND))
    command = {"command_id": command_id, "store_id": store, "occurred_at": int(time.time()) * 1_000_000, "actor": {"id": "anna"},
               "operation": {"receive_items": {"order_ref": "PO-1", "lines": [{"product_id": "shirt", "quantity": 5}]}}}
    producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random"})
    producer.produce(topic, key=store, value=serialize(command, SerializationContext(topic, MessageField.VALUE)))
    assert producer.flush(30) == 0


def read(brokers, registry, topic):
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "not-used", "isolation.level": "read_committed",
                         "enable.auto.commit": False, "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    ended = set()
    while len(ended) < len(partitions):
        message = consumer.poll(30)
        assert message is not None, "nothing comes"
        if message.error():
            ended.add(message.partition())
        elif message.value() is not None:
            value = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
            print(json.dumps(value, default=str))
    consumer.close()


{"send": send, "read": read}[sys.argv[1]](*sys.argv[2:])
