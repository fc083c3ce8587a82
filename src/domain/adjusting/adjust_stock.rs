//! `adjust_stock`: stock is corrected for a reason, whose stock locations decide the accounts (domain contract §6.5).

use rustc_hash::FxHashMap;

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::insufficient::refuse_insufficient;
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::configuration::{Gate, Reason};
use crate::domain::model::event::{EventName, Item, Payload};
use crate::domain::model::ids::{
    DocumentId, ExternalIdentifiers, ProductId, Quantity, ReasonCode, StockLocation, Text,
};
use crate::domain::model::lines::summed;
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::rejection::{Code, Rejection, Value, Violation};
use crate::domain::model::time::Timestamp;

/// `adjust_stock`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AdjustStock {
    pub adjustment_id: Option<DocumentId>,
    pub reason_code: ReasonCode,
    pub note: Option<Text>,
    pub lines: Vec<AdjustmentLine>,
}

/// Units of one product in an adjustment.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct AdjustmentLine {
    pub product_id: ProductId,
    /// More than 0; the reason gives the direction.
    #[cfg_attr(any(test, feature = "arbitrary"), arbitrary(with = crate::domain::model::drawn::positive_units))]
    pub quantity: Quantity,
    /// Compare-and-set: on hand of the reason's origin, or of its destination when it has no origin. May be negative.
    pub expected_on_hand: Option<Quantity>,
    pub external_identifiers: Option<ExternalIdentifiers>,
}

impl Rule for AdjustStock {
    fn shape(&self) -> Shape<'_> {
        Shape::of_lines(self.lines.iter().map(|line| (&line.product_id, line.quantity)))
            .gate(Gate::Adjustments)
            .document(Kind::Reason, self.reason_code.text())
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let code = &self.reason_code;
        let Some(reason) = draft.reason(code)?.cloned() else {
            return Err(Rejection::of(Code::ReasonUnknown, code.text()).into());
        };
        if !reason.is_activated {
            return Err(Rejection::of(Code::ReasonInactive, code.text()).into());
        }
        draft.check_stock_locations(
            [&reason.origin_stock_location, &reason.destination_stock_location].into_iter().flatten(),
        )?;
        let lines = summed(self.lines.iter().map(|line| (line.product_id.clone(), line.quantity)));
        if draft.is_master() {
            refuse_stale(draft, self, &reason)?;
            if let Some(origin) = &reason.origin_stock_location {
                let lines = self.lines.iter().map(|line| (&line.product_id, line.quantity));
                refuse_insufficient(draft, lines, |product| draft.on_hand(product, origin))?;
            }
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let id = draft.id_or_derived(self.adjustment_id.as_ref(), "adjustment_id");
        let account = |side: &Option<StockLocation>| {
            side.clone().map_or_else(|| Account::Adjustment(code.clone()), Account::StockLocation)
        };
        for (product, quantity) in &lines {
            draft.post(Posting {
                product_id: product,
                from: account(&reason.origin_stock_location),
                to: account(&reason.destination_stock_location),
                quantity: *quantity,
                document_kind: DocumentKind::Adjustment,
                document_id: &id,
                count: None,
            })?;
        }
        let payload = Payload {
            adjustment_id: Some(id.clone()),
            fulfillment_node_id: Some(draft.store_id.clone()),
            adjustment_type: Some(reason.kind),
            adjustment_reason: Some(reason.subtype),
            origin_stock_location_name: reason.origin_stock_location,
            destination_stock_location_name: reason.destination_stock_location,
            note: self.note.clone(),
            ..draft.payload(draft.derived("adjustment").text())
        };
        let mut identifiers = identifiers(&self.lines);
        let items = lines.into_iter().map(|(product, quantity)| Item {
            external_identifiers: identifiers.remove(&product).cloned(),
            ..Item::with_quantity(product, quantity)
        });
        let items = items.collect();
        draft.announce(EventName::AdjustmentCreated, payload, items);
        draft.announce_corrections();
        Ok(vec![("adjustment_id", id.text())])
    }
}

/// Identifiers of products in other systems: of each the ones on its first line that has any.
fn identifiers(lines: &[AdjustmentLine]) -> FxHashMap<ProductId, &ExternalIdentifiers> {
    let mut identifiers = FxHashMap::default();
    for line in lines {
        if let Some(own) = &line.external_identifiers {
            identifiers.entry(line.product_id.clone()).or_insert(own);
        }
    }
    identifiers
}

/// Compare-and-set: on hand must be what the sender expected, on the reason's origin, else on its destination.
fn refuse_stale(draft: &Draft<'_>, adjustment: &AdjustStock, reason: &Reason) -> Step<()> {
    let Some(side) = reason.origin_stock_location.as_ref().or(reason.destination_stock_location.as_ref()) else {
        return Ok(());
    };
    let mut violations = Vec::new();
    for (index, line) in adjustment.lines.iter().enumerate() {
        let Some(expected) = line.expected_on_hand else { continue };
        let actual = draft.on_hand(&line.product_id, side)?;
        if actual != expected {
            violations.push(Violation::line(index, &line.product_id, Value::Number(actual)));
        }
    }
    Ok(Rejection::if_any(Code::StaleOnHand, violations)?)
}

#[cfg(test)]
mod tests {
    use crate::domain::adjusting::adjust_stock::{AdjustStock, AdjustmentLine};
    use crate::domain::model::document::configuration::Gate;
    use crate::domain::model::ids::Quantity;
    use crate::domain::operations::Operation;
    use crate::domain::setup::define_reason::DefineReason;
    use crate::domain::testing::{Shop, shut, strict};

    fn reason(code: &str, origin: Option<&str>, destination: Option<&str>, is_activated: bool) -> Operation {
        Operation::DefineReason(DefineReason {
            reason_code: code.into(),
            kind: "Stock correction".into(),
            subtype: code.into(),
            origin_stock_location: origin.map(Into::into),
            destination_stock_location: destination.map(Into::into),
            is_activated,
        })
    }

    fn adjust(code: &str, goods: &[(&str, Quantity, Option<Quantity>)]) -> Operation {
        let line = |(product, quantity, expected): &(&str, Quantity, Option<Quantity>)| AdjustmentLine {
            product_id: (*product).into(),
            quantity: *quantity,
            expected_on_hand: *expected,
            external_identifiers: None,
        };
        let lines = goods.iter().map(line).collect();
        Operation::AdjustStock(AdjustStock { adjustment_id: None, reason_code: code.into(), note: None, lines })
    }

    /// A shop with 10 A, and reasons to lose, find and damage goods, and one that is switched off.
    fn shop() -> Shop {
        let mut shop = Shop::default();
        shop.stock_up("S1", &[("A", 10)]);
        shop.tell("08:00", "S1", reason("LOST", Some("main"), None, true));
        shop.tell("08:00", "S1", reason("FOUND", None, Some("main"), true));
        shop.tell("08:00", "S1", reason("DAMAGED", Some("main"), Some("damaged"), true));
        shop.tell("08:00", "S1", reason("OFF", Some("main"), None, false));
        shop
    }

    #[test]
    fn the_reason_decides_the_accounts() {
        for (code, posted, on_hand, damaged) in [
            ("LOST", "S1 A main > adjustment/LOST 3", 7, 0),
            ("FOUND", "S1 A adjustment/FOUND > main 3", 13, 0),
            ("DAMAGED", "S1 A main > damaged 3", 7, 3),
        ] {
            let mut shop = shop();
            assert_eq!(shop.tell("10:00", "S1", adjust(code, &[("A", 3, None)])), "accepted");
            assert_eq!(shop.postings(), [posted]);
            assert_eq!(shop.news(), ["S1 adjustment_created A 3"]);
            assert_eq!((shop.on_hand("S1", "A"), shop.on_hand_in("S1", "A", "damaged")), (on_hand, damaged));
        }
    }

    #[test]
    fn refusals() {
        for (what, operation, answer) in [
            ("nobody knows the reason", adjust("NOPE", &[("A", 1, None)]), "reason_unknown NOPE"),
            ("it is switched off", adjust("OFF", &[("A", 1, None)]), "reason_inactive OFF"),
            ("no line", adjust("LOST", &[]), "no_lines"),
            ("on hand is another", adjust("LOST", &[("A", 1, Some(10)), ("B", 1, Some(2))]), "stale_on_hand 1 B 0"),
            ("on hand of the destination", adjust("FOUND", &[("A", 1, Some(9))]), "stale_on_hand 0 A 10"),
        ] {
            assert_eq!(shop().tell("10:00", "S1", operation), answer, "{what}");
        }
    }

    #[test]
    fn a_strict_store_is_not_adjusted_below_zero() {
        let mut shop = shop();
        shop.tell("09:00", "S1", strict());
        let too_much = adjust("LOST", &[("A", 6, None), ("B", 1, None), ("A", 5, None)]);
        assert_eq!(shop.tell("10:00", "S1", too_much), "insufficient_stock 0 A 10, 1 B 0, 2 A 10");
        assert_eq!(shop.tell("10:00", "S1", adjust("LOST", &[("A", 10, None)])), "accepted");
        assert_eq!(shop.tell("10:00", "S1", adjust("FOUND", &[("B", 1, None)])), "accepted");
    }

    #[test]
    fn the_gate_comes_first() {
        let mut shop = shop();
        shop.tell("09:00", "S1", shut(&[Gate::Adjustments]));
        assert_eq!(shop.tell("10:00", "S1", adjust("NOPE", &[("A", 1, None)])), "feature_disabled adjustments");
    }
}
