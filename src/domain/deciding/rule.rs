//! What an operation has to say for itself.

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::ids::Text;
use crate::domain::model::time::Timestamp;

/// The ids an operation made, by field, in the contract's order.
pub(crate) type Ids = Vec<(&'static str, Text)>;

/// The rule of one operation.
pub(crate) trait Rule {
    /// What can be said of the command without looking at any row.
    fn shape(&self) -> Shape<'_>;

    /// The device times it carries beside `occurred_at`: a clock that runs ahead shows in them too.
    fn device_times(&self) -> Vec<Timestamp>;

    /// Refuses by gates that only a document tells.
    fn check_gates(&self, _draft: &Draft<'_>) -> Step<()> {
        Ok(())
    }

    /// Carries the operation out, or refuses it: every check in the contract's order, then the effects. After its first
    /// change nothing can fail but a row that is not at hand, and then the whole record is decided again. One comment line,
    /// the same in every rule, marks that point.
    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids>;
}
