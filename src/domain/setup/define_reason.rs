//! `define_reason`: a reason of adjustments, at one store (domain contract §6.5).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::configuration::Reason;
use crate::domain::model::ids::{ReasonCode, StockLocation, Text};
use crate::domain::model::rejection::{Code, Rejection, Violation};
use crate::domain::model::time::Timestamp;

/// `define_reason`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct DefineReason {
    pub reason_code: ReasonCode,
    /// The event's `adjustment_type`.
    pub kind: Text,
    /// The event's `adjustment_reason`.
    pub subtype: Text,
    pub origin_stock_location: Option<StockLocation>,
    pub destination_stock_location: Option<StockLocation>,
    pub is_activated: bool,
}

impl Rule for DefineReason {
    fn shape(&self) -> Shape<'_> {
        Shape::default()
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let sides = [&self.origin_stock_location, &self.destination_stock_location];
        if sides.iter().all(|side| side.is_none()) {
            return Err(Rejection::new(Code::StockLocationUnknown, vec![Violation::default()]).into());
        }
        draft.check_stock_locations(sides.into_iter().flatten())?;
        if let Some(location) = self.origin_stock_location.as_ref().filter(|_| sides[0] == sides[1]) {
            return Err(Rejection::of(Code::ReasonWithoutEffect, location.text()).into());
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let reason = Reason {
            reason_code: self.reason_code.clone(),
            kind: self.kind.clone(),
            subtype: self.subtype.clone(),
            origin_stock_location: self.origin_stock_location.clone(),
            destination_stock_location: self.destination_stock_location.clone(),
            is_activated: self.is_activated,
        };
        draft.put(&self.reason_code.text().into(), reason);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::configuration::Reason;
    use crate::domain::operations::Operation;
    use crate::domain::setup::define_reason::DefineReason;
    use crate::domain::testing::Shop;

    #[test]
    fn a_reason_has_at_least_one_side_and_both_exist() {
        for (origin, destination, answer) in [
            (Some("main"), None, "accepted"),
            (None, Some("main"), "accepted"),
            (Some("main"), Some("damaged"), "accepted"),
            (None, None, "stock_location_unknown"),
            (Some("attic"), Some("cellar"), "stock_location_unknown attic, cellar"),
            (Some("main"), Some("_customer_reservations"), "stock_location_reserved _customer_reservations"),
        ] {
            let mut shop = Shop::default();
            let reason = DefineReason {
                reason_code: "R".into(),
                kind: "Stock correction".into(),
                subtype: "damaged".into(),
                origin_stock_location: origin.map(Into::into),
                destination_stock_location: destination.map(Into::into),
                is_activated: true,
            };
            assert_eq!(shop.tell("10:00", "S1", Operation::DefineReason(reason)), answer);
            assert_eq!(shop.document::<Reason>("S1", "R").is_some(), answer == "accepted");
            assert!(shop.document::<Reason>("S2", "R").is_none(), "reasons belong to a store");
        }
    }
}
