use super::*;
use crate::domain::ids::RESERVATIONS;

const LEAST: &str = "[kafka]\n\"bootstrap.servers\" = \"localhost:9092\"\n";

fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::from_sources(toml, Some(environment)).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn bootstrap_servers_are_enough() {
    let config = load(LEAST, &[]).unwrap();
    assert_eq!(config.client.brokers(), "localhost:9092");
    assert_eq!(&**config.topics.name(Topic::Commands), "inventory.commands");
    assert_eq!(config.client.group(), "stockroom");
}

#[test]
fn each_fault_names_its_key_what_is_wrong_and_the_nearest_right_key() {
    let table = [
        ("", "kafka.\"bootstrap.servers\": is missing"),
        ("[topic]\nprefix = 'x'", "topic.prefix: there is no such key; did you mean topics.prefix?"),
        ("[topics]\nprefx = 'x'", "topics.prefx: there is no such key; did you mean topics.prefix?"),
        ("[topics]\nprefix = 'a b'", "topics.prefix: \" \" can't be in the name of a topic"),
        ("[topics]\nformat = 'xml'", "topics.format: \"xml\" is none of avro, json"),
        (
            "[topics.formats]\nevent = 'json'",
            "topics.formats.event: there is no such key; did you mean topics.formats.events?",
        ),
        ("[topics.formats]\nevents = 1", "topics.formats.events: \"1\" is none of avro, json"),
        ("[group]\nid = ''", "group.id: is empty"),
        ("[http]\nlisten = '8080'", "http.listen: \"8080\" is neither an address and port"),
        ("[batch]\nrecords_max = 0", "batch.records_max: 0 is not between 1 and 1000000"),
        ("[batch]\nrecord_max = 5", "batch.record_max: there is no such key; did you mean batch.records_max?"),
        ("[batch]\nrecords_max = 'many'", "batch.records_max: \"many\" where a whole number is expected"),
        ("[registry]\nmode = 'maybe'", "registry.mode: \"maybe\" is none of off, lookup, register"),
        ("[registry]\nmode = 'lookup'", "registry.url: is missing: registry.mode is lookup"),
        ("[registry]\nurl = 'localhost:8081'", "registry.url: \"localhost:8081\" is no URL that begins with http"),
        ("[registry]\nurl = 'http://a:b@c'", "registry.url: \"c\" holds credentials"),
        ("[registry]\nusername = 'a'", "registry.password: is missing"),
        ("[registry]\nusername = 'a'\npassword = 'b'\ntoken = 'c'", "registry.token: is one way"),
        (
            "[deployment]\nhistory_days = 5",
            "deployment.history_days: there is no such key; did you mean deployment.history_ms?",
        ),
        ("[deployment]\nstrict_configuration = 'yes'", "\"yes\" where true or false is expected"),
        ("[deployment]\nsalable_stock_location = 'shop'", "deployment.salable_stock_location: \"shop\" is not one of"),
        ("[deployment]\nstock_locations = ['main', 'damaged', 'customer']", "the name of an account"),
        (
            "[[deployment.reasons]]\nreason_code = 'x'\ntype = 'a'\nsubtype = 'b'",
            "deployment.reasons[0].origin_stock_location: is missing",
        ),
        (
            "[[deployment.reasons]]\nreason_code = 'x'\ntype = 'a'\nsubtype = 'b'\norigin_stock_location = 'shop'",
            "deployment.reasons[0].origin_stock_location: \"shop\" is not one of",
        ),
        (
            "[[deployment.reasons]]\nreason = 'x'\ntype = 'a'\nsubtype = 'b'\norigin_stock_location = 'main'",
            "deployment.reasons[0].reason: there is no such key; did you mean deployment.reasons[0].reason_code?",
        ),
        ("[kafka]\n\"enable.auto.commit\" = true", "kafka.\"enable.auto.commit\": is not yours to set"),
        ("[kafka]\n\"sasl.jaas.config\" = 'x'", "kafka.\"sasl.jaas.config\": is a property of the Java client"),
        (
            "[kafka]\n\"session.timeout\" = 6000",
            "kafka.\"session.timeout\": there is no such property; did you mean kafka.\"session.timeout.ms\"?",
        ),
        ("[kafka]\n\"group.id\" = 'x'\n[group]\nid = 'y'", "group.id: is set a second time by kafka.\"group.id\""),
        ("[kafka\n", "the file: "),
    ];
    for (toml, expected) in table {
        let faults = load(toml, &[]).unwrap_err();
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{toml}: expected {expected}, got {faults:#?}");
    }
}

/// The command that uses such a reason is refused (§6.5), which only a deployment that starts can do.
#[test]
fn a_reason_may_name_the_bucket_of_reservations() {
    for side in ["origin_stock_location", "destination_stock_location"] {
        let reason = format!("reason_code = 'x'\ntype = 'a'\nsubtype = 'b'\n{side} = '{RESERVATIONS}'");
        let config = load(&format!("{LEAST}[[deployment.reasons]]\n{reason}\n"), &[]).unwrap();
        let [reason] = &config.deployment.reasons[..] else { panic!("{side}: {:?}", config.deployment.reasons) };
        let named = reason.origin_stock_location.as_ref().or(reason.destination_stock_location.as_ref());
        assert_eq!(named.unwrap().as_str(), RESERVATIONS, "{side}");
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let environment = [
        ("STOCKROOM__KAFKA__SECURITY_PROTOCOL", "ssl"),
        ("STOCKROOM__TOPICS__PREFIX", "b."),
        ("STOCKROOM__DEPLOYMENT__STOCK_LOCATIONS", "main, damaged"),
        ("STOCKROOM__DEPLOYMENT__HISTORY_MS", "5"),
        ("STOCKROOM_CACHE", "not ours"),
    ];
    let config = load(&format!("{LEAST}[topics]\nprefix = 'a.'\n"), &environment).unwrap();
    assert_eq!(config.properties["security.protocol"], "ssl");
    assert_eq!(config.prefix, "b.");
    assert_eq!(config.deployment.stock_locations.len(), 2);
    assert_eq!(config.deployment.history_ms, 5);
}

#[test]
fn what_is_printed_is_a_configuration_with_the_same_effect_and_without_secrets() {
    let toml = format!(
        "{LEAST}\"sasl.password\" = 'hunter2'\n[topics.formats]\nevents = 'json'\n[[deployment.reasons]]\nreason_code = 'x'\ntype = 'a'\nsubtype = 'b'\norigin_stock_location = 'main'\n"
    );
    let printed = effective(&load(&toml, &[]).unwrap()).unwrap();
    assert!(!printed.contains("hunter2"), "{printed}");
    assert_eq!(effective(&load(&printed, &[]).unwrap()).unwrap(), printed);
    assert!(printed.contains("events = \"json\""), "{printed}");
}
