//! `close_asn`: a delivery is closed by hand, and what did not arrive is lost or goes back (domain contract §6.3).

use super::{Ids, asn};
use crate::domain::command::{CloseAsn, Remainder};
use crate::domain::document::{Asn, AsnStatus, CloseReason};
use crate::domain::draft::{Draft, Step};
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CloseAsn) -> Step<Ids> {
    let id = &operation.asn_id;
    let Some(mut asn) = draft.find::<Asn>(id)?.cloned() else {
        return Err(Rejection::of(Code::AsnUnknown, id.text()).into());
    };
    if asn.status == AsnStatus::Closed {
        return Err(Rejection::of(Code::AsnClosed, id.text()).into());
    }

    // Units that go back to a store of ours stay in transit until the leg has arrived there.
    let goes_to = match (operation.remainder, &asn.transfer) {
        (Remainder::Lost, _) => Some(Account::LostInTransit(id.clone())),
        (Remainder::Returned, None) => Some(Account::Supplier),
        (Remainder::Returned, Some(_)) => None,
    };
    for line in &mut asn.lines {
        let quantity = line.outstanding();
        match operation.remainder {
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
    asn.close(draft, close_reason, Some(operation.reason.clone()));
    asn::announce_closed(draft, &asn);
    asn::keep(draft, asn);
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use crate::domain::command::Remainder;
    use crate::domain::testing::{Shop, announce, close_asn, receive_asn};

    #[test]
    fn what_did_not_arrive_is_lost_or_goes_back() {
        for (received, remainder, announced, posted) in [
            (7, Remainder::Lost, "S1 asn_closed manual A 10/7", "S1 A in_transit/ASN > lost_in_transit/ASN 3"),
            (7, Remainder::Returned, "S1 asn_closed manual A 10/7", "S1 A in_transit/ASN > supplier 3"),
            (0, Remainder::Lost, "S1 asn_closed cancelled A 10/0", "S1 A in_transit/ASN > lost_in_transit/ASN 10"),
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
