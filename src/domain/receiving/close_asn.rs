//! `close_asn`: a delivery is closed by hand, and what did not arrive is lost or goes back (domain contract §6.3).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::asn::Asn;
use crate::domain::model::document::closing::CloseReason;
use crate::domain::model::ids::{DocumentId, Text};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;
use crate::domain::receiving::asn;

/// `close_asn`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CloseAsn {
    pub asn_id: DocumentId,
    pub reason: Text,
    pub remainder: Remainder,
}

/// What becomes of units that did not arrive when an ASN is closed by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
#[strum(serialize_all = "snake_case")]
pub enum Remainder {
    /// Written off.
    #[default]
    Lost,
    /// Brought back to where they came from.
    Returned,
}

impl Rule for CloseAsn {
    fn shape(&self) -> Shape<'_> {
        Shape::default()
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let id = &self.asn_id;
        let Some(mut asn) = draft.find::<Asn>(id)?.cloned() else {
            return Err(Rejection::of(Code::AsnUnknown, id.text()).into());
        };
        if !asn.is_open() {
            return Err(Rejection::of(Code::AsnClosed, id.text()).into());
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        // Units that go back to a store of ours stay in transit until the leg has arrived there.
        let goes_to = match (self.remainder, &asn.transfer) {
            (Remainder::Lost, _) => Some(Account::LostInTransit(id.clone())),
            (Remainder::Returned, None) => Some(Account::Supplier),
            (Remainder::Returned, Some(_)) => None,
        };
        for line in &mut asn.lines {
            let quantity = line.outstanding();
            match self.remainder {
                Remainder::Lost => line.lost_quantity += quantity,
                Remainder::Returned => line.returned_quantity += quantity,
            }
            let Some(to) = goes_to.clone() else { continue };
            draft.post(Posting {
                product_id: &line.product_id,
                from: Account::InTransit(id.clone()),
                to,
                quantity,
                document_kind: DocumentKind::Asn,
                document_id: id,
                count: None,
            })?;
        }
        let nothing_came = asn.lines.iter().all(|line| line.received_quantity == 0);
        let close_reason = if nothing_came { CloseReason::Cancelled } else { CloseReason::Manual };
        asn.close(draft.context().closing(close_reason, Some(self.reason.clone())));
        asn::announce_closed(draft, &asn);
        asn::keep(draft, asn);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::receiving::close_asn::Remainder;
    use crate::domain::testing::{Shop, announce, close_asn, receive_asn};

    #[test]
    fn what_did_not_arrive_is_lost_or_goes_back() {
        for (received, remainder, announced, posted) in [
            (
                7,
                Remainder::Lost,
                "S1 asn_closed manual A expected 10, received 7",
                "S1 A in_transit/ASN > lost_in_transit/ASN 3",
            ),
            (
                7,
                Remainder::Returned,
                "S1 asn_closed manual A expected 10, received 7",
                "S1 A in_transit/ASN > supplier 3",
            ),
            (
                0,
                Remainder::Lost,
                "S1 asn_closed cancelled A expected 10, received 0",
                "S1 A in_transit/ASN > lost_in_transit/ASN 10",
            ),
        ] {
            let mut shop = Shop::default();
            shop.tell("09:00", "S1", announce("ASN", &[("A", 10, "")]));
            shop.tell("10:00", "S1", receive_asn("ASN", &[("A", received)]));
            shop.news();
            shop.postings();
            assert_eq!(shop.tell("11:00", "S1", close_asn("ASN", remainder)), "accepted");
            assert_eq!((shop.news(), shop.postings()), (vec![announced.to_owned()], vec![posted.to_owned()]));
            assert_eq!(shop.tell("11:01", "S1", close_asn("ASN", remainder)), "asn_closed ASN");
        }
        assert_eq!(Shop::default().tell("11:00", "S1", close_asn("ASN", Remainder::Lost)), "asn_unknown ASN");
    }
}
