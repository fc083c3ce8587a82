//! In which format a topic's values are written. Every format is read on every topic, so a format may be switched.

use super::record::Topic;

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// Avro in Confluent's framing.
    #[default]
    Avro,
    /// JSON.
    Json,
}

impl Format {
    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The format of a name in the configuration.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

/// The format of each topic; Avro where nothing else was said.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Formats([Format; Topic::ALL.len()]);

impl Formats {
    /// One format for every topic.
    pub fn all(format: Format) -> Self {
        Self([format; Topic::ALL.len()])
    }

    /// The same, but with another format for one topic.
    #[must_use]
    pub fn with(mut self, topic: Topic, format: Format) -> Self {
        self.0[topic as usize] = format;
        self
    }

    /// The format in which values of a topic are written.
    pub fn of(&self, topic: Topic) -> Format {
        self.0[topic as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_topic_may_differ_from_the_others() {
        let formats = Formats::all(Format::Avro).with(Topic::Events, Format::Json);
        for topic in Topic::ALL {
            let expected = if topic == Topic::Events { Format::Json } else { Format::Avro };
            assert_eq!(formats.of(topic), expected, "{topic:?}");
        }
        assert_eq!(Formats::default(), Formats::all(Format::Avro));
    }
}
