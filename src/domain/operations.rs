//! What a command asks for: one of the operations, and the way to each one's rule.

use super::deciding::draft::{Draft, Step};
use super::deciding::rule::{Ids, Rule};
use super::deciding::shape::Shape;
use super::model::command::{BodyOf, CommandOf};
use super::model::operation_name::{OperationName, operations};
use super::model::time::Timestamp;

/// One command, with any operation.
pub type Command = CommandOf<Operation>;
/// The part of a command that can only be read when the command fits the schema.
pub type Body = BodyOf<Operation>;

macro_rules! dispatch {
    ($($(#[$doc:meta])* $variant:ident in $family:ident::$file:ident,)+) => {
        $(pub use super::$family::$file::$variant;)+

        /// What a command asks for: one variant an operation.
        #[derive(Clone, PartialEq, Debug)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        pub enum Operation {
            $($(#[$doc])* $variant($variant),)+
        }

        impl Operation {
            /// The operation's name.
            pub fn name(&self) -> OperationName {
                match self {
                    $(Operation::$variant(_) => OperationName::$variant,)+
                }
            }

            pub(crate) fn shape(&self) -> Shape<'_> {
                match self {
                    $(Operation::$variant(operation) => operation.shape(),)+
                }
            }

            pub(crate) fn device_times(&self) -> Vec<Timestamp> {
                match self {
                    $(Operation::$variant(operation) => operation.device_times(),)+
                }
            }

            pub(crate) fn check_gates(&self, draft: &Draft<'_>) -> Step<()> {
                match self {
                    $(Operation::$variant(operation) => operation.check_gates(draft),)+
                }
            }

            pub(crate) fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
                match self {
                    $(Operation::$variant(operation) => operation.carry_out(draft),)+
                }
            }
        }
    };
}

operations!(dispatch);

impl From<CommandOf<ReceiveItems>> for Command {
    fn from(receipt: CommandOf<ReceiveItems>) -> Self {
        receipt.map(Operation::ReceiveItems)
    }
}

impl Command {
    /// The command as the receipt it is; `None` for every other operation, and for what could not be read.
    pub fn receipt(&self) -> Option<CommandOf<ReceiveItems>> {
        let Operation::ReceiveItems(receipt) = &self.body.as_ref().ok()?.operation else { return None };
        Some(self.clone().map(|_| receipt.clone()))
    }
}

#[cfg(any(test, feature = "arbitrary"))]
impl<'a> arbitrary::Arbitrary<'a> for Command {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Self::drawn(u, Operation::name)
    }
}
