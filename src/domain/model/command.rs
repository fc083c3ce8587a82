//! What upstream applications send (domain contract §4): the envelope, around whatever operation.
//!
//! Documents keep a command while it waits, so that the envelope stands below the operations.

use crate::domain::model::ids::{StoreId, Text, Uuid};
use crate::domain::model::operation_name::OperationName;
use crate::domain::model::rejection::Rejection;
use crate::domain::model::time::Timestamp;

/// The most lines one command may hold.
pub const LINES_MAX: usize = 1_000;

/// One command: the envelope and the operation, of the type `O`.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandOf<O> {
    /// Idempotency key, made by the client.
    pub command_id: Uuid,
    /// The store that owns the change.
    pub store_id: StoreId,
    /// Echoed on everything the command causes.
    pub correlation_id: Option<Text>,
    /// Answer what would happen, change nothing.
    pub validate_only: bool,
    /// Identifies the body: equal for two commands with the same decoded known fields, however they were written.
    pub fingerprint: Fingerprint,
    /// The operation's name, when it could be read.
    pub operation_name: Option<OperationName>,
    /// What is asked, or why it does not fit the schema.
    pub body: Result<BodyOf<O>, Rejection>,
}

/// 128-bit hash of a command's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Fingerprint(pub u128);

/// The part of a command that can only be read when the command fits the schema.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct BodyOf<O> {
    /// Device time: when it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// Who caused it outside, so that echoes can be recognised.
    pub origin: Option<Origin>,
    /// What is asked.
    pub operation: O,
}

/// An associate or a user.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Actor {
    /// Who.
    pub id: Text,
    /// In which role.
    pub role: Option<Text>,
    /// On which device.
    pub device: Option<Text>,
}

/// The outside system that caused a command.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct Origin {
    /// The system's name.
    pub system: Text,
    /// The id there.
    pub id: Text,
}

#[cfg(any(test, feature = "arbitrary"))]
impl<'a, O: arbitrary::Arbitrary<'a>> CommandOf<O> {
    /// One that fits the schema. Its fingerprint is that of nothing, because only its bytes have one.
    pub(crate) fn drawn(
        u: &mut arbitrary::Unstructured<'a>,
        name: impl FnOnce(&O) -> OperationName,
    ) -> arbitrary::Result<Self> {
        let body: BodyOf<O> = u.arbitrary()?;
        Ok(Self {
            command_id: u.arbitrary()?,
            store_id: u.arbitrary()?,
            correlation_id: u.arbitrary()?,
            validate_only: u.arbitrary()?,
            fingerprint: Fingerprint::default(),
            operation_name: Some(name(&body.operation)),
            body: Ok(body),
        })
    }
}

impl<O> CommandOf<O> {
    /// The same command, its operation as another type.
    pub fn map<P>(self, change: impl FnOnce(O) -> P) -> CommandOf<P> {
        let body = self.body.map(|body| BodyOf {
            occurred_at: body.occurred_at,
            actor: body.actor,
            origin: body.origin,
            operation: change(body.operation),
        });
        CommandOf {
            command_id: self.command_id,
            store_id: self.store_id,
            correlation_id: self.correlation_id,
            validate_only: self.validate_only,
            fingerprint: self.fingerprint,
            operation_name: self.operation_name,
            body,
        }
    }
}
