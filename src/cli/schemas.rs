//! `stockroom schemas`: what a pipeline does with the registry before instances start.

use crate::registry::{self, LEVEL, Registry, RegistryError, State};

use super::arguments::SchemasCommand;
use super::config::Config;
use super::failure::{Ending, Failure};
use super::output::Rows;
use super::registered::refused;

/// Runs one of the commands.
pub fn run(command: &SchemasCommand) -> anyhow::Result<Ending> {
    match command {
        SchemasCommand::Register(connection) => register(&connection.open()?),
        SchemasCommand::Check(connection) => check(&connection.open()?),
    }
}

fn register(config: &Config) -> anyhow::Result<Ending> {
    let registry = open(config)?;
    let mut rows = Rows::new(&["SUBJECT", "VERSION", "ID"]);
    for known in registry::register(&registry, &config.subjects()).map_err(|error| explained(&error))? {
        rows.push(vec![known.subject.name, known.version.number.to_string(), known.identity.id.to_string()]);
    }
    rows.print()?;
    Ok(Ending::Done)
}

fn check(config: &Config) -> anyhow::Result<Ending> {
    let registry = open(config)?;
    let mut rows = Rows::new(&["SUBJECT", "VERSION", "STATE", "LEVEL"]);
    let mut refusals = Vec::new();
    for checked in registry::check(&registry, &config.subjects()).map_err(|error| explained(&error))? {
        let state = match checked.state {
            State::Registered(id) => format!("registered, {id}"),
            State::Missing => "would be registered".to_owned(),
            State::Incompatible(details) => {
                let schema = checked.subject.schema.file_name();
                refusals.push(format!("\n  {schema} under {}: {details}", checked.subject.name));
                "would be refused".to_owned()
            }
        };
        let level = match checked.level.as_deref() {
            Some(LEVEL) => LEVEL.to_owned(),
            Some(other) => format!("{other}, would be {LEVEL}"),
            None => format!("would be {LEVEL}"),
        };
        rows.push(vec![checked.subject.name, checked.version.to_string(), state, level]);
    }
    rows.print()?;
    if refusals.is_empty() {
        return Ok(Ending::Done);
    }
    Err(Failure::refused(
        format!("schemas are incompatible with their subjects:{}", refusals.concat()),
        "the subjects belong to something else or to a newer release: choose another topics.prefix, or start that release",
    ))
}

fn open(config: &Config) -> anyhow::Result<Registry> {
    if config.registry.urls.is_empty() {
        return Err(Failure::refused(
            "which registry?",
            "set registry.url in the file given to --config, or STOCKROOM__REGISTRY__URL",
        ));
    }
    Registry::new(&config.registry).map_err(|refusal| refused(&refusal))
}

fn explained(error: &RegistryError) -> anyhow::Error {
    match error {
        RegistryError::Refused(refusal) => refused(refusal),
        RegistryError::Unavailable(why) => {
            Failure::failed(format!("the schema registry can't be asked: {why}"), "is it running at registry.url?")
        }
    }
}
