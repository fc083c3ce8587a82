//! Units in transit are those of open ASN lines, and over a transfer no unit is lost or made (invariants 3 and 5).
//!
//! The two halves of a transfer stand at two stores, so all stores are added up: an ASN's account holds what was
//! shipped and neither received, lost nor returned.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::command::{OperationName, Quantity};
use crate::domain::document::{Asn, AsnStatus};
use crate::domain::hash::FastMap;
use crate::domain::ids::{DocumentId, ProductId};
use crate::domain::leg::{Leg, LegBody};
use crate::domain::movement::{Account, Movement};
use crate::domain::time::Timestamp;

use super::terms::{FORGOTTEN, LEDGER_AGED};
use super::violation::{Rule, Violations};

type Line = (DocumentId, ProductId);

/// What the ledger says of one product of one ASN, over all stores.
#[derive(Default, Clone, Copy, Debug)]
struct Moved {
    /// The first and the last row.
    since: Option<Timestamp>,
    at: Timestamp,
    shipped: Quantity,
    received: Quantity,
    lost: Quantity,
    found: Quantity,
    returned: Quantity,
}

/// What the documents say of it.
#[derive(Default, Clone, Copy, Debug)]
struct Expected {
    shipped: Quantity,
    received: Quantity,
    outstanding: Quantity,
    lost: Quantity,
    returned: Quantity,
}

/// Goods between stores.
#[derive(Default, Debug)]
pub struct Transit {
    moved: FastMap<Line, Moved>,
    expected: BTreeMap<Line, Expected>,
    /// ASNs whose closing is on its way to the origin.
    reports_under_way: BTreeSet<DocumentId>,
    /// ASNs that are on their way to the destination themselves.
    openings_under_way: BTreeSet<DocumentId>,
}

impl Transit {
    /// Takes a row of the ledger.
    pub fn observe(&mut self, movement: &Movement) {
        let at = movement.recorded_at;
        let mut line = |asn: &DocumentId, book: &dyn Fn(&mut Moved)| {
            let moved = self.moved.entry((asn.clone(), movement.product_id.clone())).or_default();
            moved.since = Some(moved.since.map_or(at, |since| since.min(at)));
            moved.at = moved.at.max(at);
            book(moved);
        };
        let quantity = movement.quantity;
        if let Account::InTransit(asn) = &movement.to_account {
            line(asn, &|moved| moved.shipped += quantity);
        }
        if let Account::InTransit(asn) = &movement.from_account {
            line(asn, &|moved| {
                if matches!(movement.to_account, Account::LostInTransit(_)) {
                    moved.lost += quantity;
                } else if movement.cause == OperationName::ReceiveItems {
                    moved.received += quantity;
                } else if movement.to_account == Account::Supplier && movement.cause == OperationName::ShipItems {
                    // The ERP had announced the shipment too: its leg took back what was in transit twice.
                    moved.shipped -= quantity;
                } else {
                    moved.returned += quantity;
                }
            });
        }
        if let Account::LostInTransit(asn) = &movement.from_account {
            line(asn, &|moved| moved.found += quantity);
        }
    }

    /// Takes an ASN as it is now.
    pub fn expect(&mut self, asn: &Asn) {
        for line in &asn.lines {
            let expected = self.expected.entry((asn.asn_id.clone(), line.product_id.clone())).or_default();
            expected.shipped += line.expected_quantity;
            expected.received += line.received_quantity.min(line.expected_quantity);
            expected.lost += line.lost_quantity;
            expected.returned += line.returned_quantity;
            if asn.status == AsnStatus::Open {
                expected.outstanding += (line.expected_quantity - line.received_quantity).max(0);
            }
        }
    }

    /// Takes a leg that has not taken effect yet.
    pub fn under_way(&mut self, leg: &Leg) {
        match &leg.body {
            LegBody::AsnOpened(opened) => {
                self.openings_under_way.insert(opened.asn_id.clone());
                for line in &opened.lines {
                    let key = (opened.asn_id.clone(), line.product_id.clone());
                    let expected = self.expected.entry(key).or_default();
                    expected.shipped += line.quantity;
                    expected.outstanding += line.quantity;
                }
            }
            LegBody::AsnReported(reported) => {
                self.reports_under_way.insert(reported.asn_id.clone());
            }
        }
    }

    /// ASNs of which a report has not arrived at the origin yet.
    pub fn reports_under_way(&self) -> &BTreeSet<DocumentId> {
        &self.reports_under_way
    }

    /// ASNs of which an opening has not arrived at the destination yet.
    pub fn openings_under_way(&self) -> &BTreeSet<DocumentId> {
        &self.openings_under_way
    }

    /// Adds what another partition says.
    pub fn merge(&mut self, other: Transit) {
        for (line, more) in other.moved {
            let moved = self.moved.entry(line).or_default();
            moved.since = moved.since.into_iter().chain(more.since).min();
            moved.at = moved.at.max(more.at);
            for (sum, more) in [
                (&mut moved.shipped, more.shipped),
                (&mut moved.received, more.received),
                (&mut moved.lost, more.lost),
                (&mut moved.found, more.found),
                (&mut moved.returned, more.returned),
            ] {
                *sum += more;
            }
        }
        for (line, more) in other.expected {
            let expected = self.expected.entry(line).or_default();
            for (sum, more) in [
                (&mut expected.shipped, more.shipped),
                (&mut expected.received, more.received),
                (&mut expected.outstanding, more.outstanding),
                (&mut expected.lost, more.lost),
                (&mut expected.returned, more.returned),
            ] {
                *sum += more;
            }
        }
        self.reports_under_way.extend(other.reports_under_way);
        self.openings_under_way.extend(other.openings_under_way);
    }

    /// Compares, ASN by ASN. `whole_since`: earlier movements may be deleted by age; `forgotten_since`: earlier ASNs may be
    /// forgotten.
    pub fn finish(&self, [whole_since, forgotten_since]: [Timestamp; 2], violations: &mut Violations) {
        let is_whole = whole_since.millis() == i64::MIN;
        let lines: BTreeSet<&Line> = self.expected.keys().chain(self.moved.keys()).collect();
        for line in lines {
            let moved = self.moved.get(line).copied().unwrap_or_default();
            let expected = self.expected.get(line).copied();
            let left_out = if !is_whole && moved.since.is_none_or(|since| since <= whole_since) {
                Some(LEDGER_AGED)
            } else {
                (expected.is_none() && moved.at <= forgotten_since).then_some(FORGOTTEN)
            };
            if let Some(why) = left_out {
                violations.left_out(Rule::Conservation, 1, why);
                violations.left_out(Rule::Transit, 1, why);
                continue;
            }
            violations.checked(Rule::Conservation, 1);
            violations.checked(Rule::Transit, 1);
            let expected = expected.unwrap_or_default();
            let (asn, product) = line;
            let mut differ = |rule, what: &str, ledger: Quantity, documents: Quantity| {
                if ledger != documents {
                    let text =
                        format!("ASN {asn}, product {product}: {what} {ledger} by the ledger, {documents} by the ASN");
                    violations.note(rule, text);
                }
            };
            differ(Rule::Conservation, "shipped", moved.shipped, expected.shipped);
            differ(Rule::Conservation, "received out of transit", moved.received, expected.received);
            differ(Rule::Conservation, "lost", moved.lost - moved.found, expected.lost);
            let in_transit = moved.shipped - moved.received - moved.lost - moved.returned;
            if self.reports_under_way.contains(asn) {
                // What is on its way back is still in transit until the origin has heard of it.
                let back = expected.returned - moved.returned;
                differ(Rule::Transit, "in transit", in_transit, expected.outstanding + back);
            } else {
                differ(Rule::Conservation, "returned", moved.returned, expected.returned);
                differ(Rule::Transit, "in transit", in_transit, expected.outstanding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{asn, movement_for};
    use super::*;

    const SENT: (&str, &str) = ("main", "in_transit/a");
    const CAME: (&str, &str) = ("in_transit/a", "main");
    const LOST: (&str, &str) = ("in_transit/a", "lost_in_transit/a");

    fn audit(rows: &[((&str, &str), Quantity, OperationName)], document: &Asn) -> Vec<Rule> {
        let (mut transit, mut violations) = (Transit::default(), Violations::default());
        for ((from, to), quantity, cause) in rows {
            transit.observe(&movement_for(*cause, from, to, *quantity));
        }
        transit.expect(document);
        transit.finish([Timestamp::from_millis(i64::MIN); 2], &mut violations);
        violations.rules()
    }

    #[test]
    fn sound_transfers_have_no_violation() {
        use OperationName::{CloseAsn, ReceiveItems, ShipItems};
        assert_eq!(audit(&[(SENT, 9, ShipItems)], &asn(AsnStatus::Open, 9, 0, 0, 0)), []);
        assert_eq!(audit(&[(SENT, 9, ShipItems), (CAME, 4, ReceiveItems)], &asn(AsnStatus::Open, 9, 4, 0, 0)), []);
        // Three more than expected came from the supplier.
        assert_eq!(audit(&[(SENT, 9, ShipItems), (CAME, 9, ReceiveItems)], &asn(AsnStatus::Closed, 9, 12, 0, 0)), []);
        let short = [(SENT, 9, ShipItems), (CAME, 4, ReceiveItems), (LOST, 5, CloseAsn)];
        assert_eq!(audit(&short, &asn(AsnStatus::Closed, 9, 4, 5, 0)), []);
        let back = [(SENT, 9, ShipItems), (CAME, 4, ReceiveItems), (CAME, 5, CloseAsn)];
        assert_eq!(audit(&back, &asn(AsnStatus::Closed, 9, 4, 0, 5)), []);
    }

    #[test]
    fn each_break_is_found() {
        use OperationName::{CloseAsn, ReceiveItems, ShipItems};
        let table = [
            ("never arrived as an ASN", vec![(SENT, 9, ShipItems)], asn(AsnStatus::Open, 8, 0, 0, 0), Rule::Transit),
            ("expected, never sent", vec![], asn(AsnStatus::Open, 9, 0, 0, 0), Rule::Conservation),
            (
                "received twice",
                vec![(SENT, 9, ShipItems), (CAME, 9, ReceiveItems), (CAME, 9, ReceiveItems)],
                asn(AsnStatus::Closed, 9, 9, 0, 0),
                Rule::Conservation,
            ),
            (
                "closed with units in transit",
                vec![(SENT, 9, ShipItems)],
                asn(AsnStatus::Closed, 9, 0, 0, 0),
                Rule::Transit,
            ),
            ("loss not booked", vec![(SENT, 9, ShipItems)], asn(AsnStatus::Closed, 9, 0, 9, 0), Rule::Conservation),
            ("return never came", vec![(SENT, 9, ShipItems)], asn(AsnStatus::Closed, 9, 0, 0, 9), Rule::Conservation),
            (
                "lost units found twice",
                vec![(SENT, 9, ShipItems), (LOST, 9, CloseAsn)],
                asn(AsnStatus::Closed, 9, 0, 7, 0),
                Rule::Conservation,
            ),
        ];
        for (name, rows, document, rule) in table {
            let found = audit(&rows, &document);
            assert!(found.contains(&rule), "{name}: {found:?}");
        }
    }
}
