//! A command that was accepted did something: what its operation always announces was announced.

use crate::domain::command::OperationName as By;
use crate::domain::decision::{Answer, Outcome};

use super::violation::{Rule, Violations};

/// Takes the first answer to a command.
pub fn audit(answer: &Answer, found: &mut Violations) {
    let (Some(operation), Outcome::Accepted { event_ids, .. }) = (answer.operation, &answer.outcome) else { return };
    if answer.validate_only {
        return;
    }
    found.checked(Rule::Effects, 1);
    if event_ids.is_empty() && always_announces(operation) {
        let text = format!("command {}: {} was accepted and announced nothing", answer.command_id, operation.as_str());
        found.of_store(Rule::Effects, &answer.store_id, text);
    }
}

/// Operations of which an event says that they were carried out (domain contract §6), in every configuration.
fn always_announces(operation: By) -> bool {
    match operation {
        By::ReceiveItems
        | By::CloseAsn
        | By::PackShipment
        | By::ShipItems
        | By::CancelShipment
        | By::CloseTransferOrder
        | By::AdjustStock
        | By::RecordSale
        | By::RecordReturn
        | By::Reserve
        | By::ReleaseReservation => true,
        By::CreateAsn
        | By::CreateTransferOrder
        | By::CreateCount
        | By::SubmitCount
        | By::ReviewCount
        | By::CancelCount
        | By::ImportStock
        | By::Allocate
        | By::ReleaseAllocation
        | By::ConfigureStore
        | By::DefineReason
        | By::Later(_) => false,
    }
}
