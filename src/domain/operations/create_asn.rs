//! `create_asn`: the ERP announces a delivery; its goods are in transit from now on (domain contract §6.1).

use super::asn::{self, AsnHeader};
use super::{Ids, Shape};
use crate::domain::command::CreateAsn;
use crate::domain::document::{Asn, Kind, OutgoingAsn};
use crate::domain::draft::{Draft, Step};
use crate::domain::ledger::Posting;
use crate::domain::movement::{Account, DocumentKind};
use crate::domain::rejection::{Code, Rejection};

pub(super) fn shape(operation: &CreateAsn) -> Shape<'_> {
    let lines = operation.lines.iter().map(|line| (&line.product_id, line.quantity));
    let shape = Shape { touches_stock: false, ..Shape::of_lines(lines) };
    match &operation.asn_id {
        Some(id) => shape.document(Kind::Asn, id.text()),
        None => shape,
    }
}

pub(super) fn carry_out(draft: &mut Draft<'_>, operation: &CreateAsn) -> Step<Ids> {
    let asn_id = draft.id_or_derived(operation.asn_id.as_ref(), "asn_id");
    if draft.find::<Asn>(&asn_id)?.is_some() || draft.find::<OutgoingAsn>(&asn_id)?.is_some() {
        return Err(Rejection::of(Code::AsnAlreadyExists, asn_id.text()).into());
    }

    let header = AsnHeader {
        asn_id: asn_id.clone(),
        from_location: operation.from_location.clone(),
        shipment_ref: operation.shipment_ref.clone(),
        shipment_date: operation.shipment_date,
        order_ref: operation.order_ref.clone(),
        transfer: None,
    };
    let asn = asn::open(header, &asn::summed_cartons(&operation.lines));
    for line in &asn.lines {
        draft.post(Posting {
            product_id: &line.product_id,
            from: Account::Supplier,
            to: Account::InTransit(asn_id.clone()),
            quantity: line.expected_quantity,
            document_kind: DocumentKind::Asn,
            document_id: &asn_id,
            count: None,
        })?;
    }
    draft.put(&asn_id, asn);
    Ok(vec![("asn_id", asn_id.text())])
}

#[cfg(test)]
mod tests {
    use crate::domain::document::Asn;
    use crate::domain::testing::{Shop, announce};

    #[test]
    fn its_goods_are_in_transit_and_nothing_is_announced() {
        let mut shop = Shop::default();
        let goods = [("A", 4, "BOX1"), ("B", 1, ""), ("A", 6, "BOX2"), ("A", 0, "BOX3")];
        assert_eq!(shop.tell("09:00", "S1", announce("ASN", &goods)), "accepted");
        assert_eq!(shop.postings(), ["S1 A supplier > in_transit/ASN 10", "S1 B supplier > in_transit/ASN 1"]);
        assert!(shop.news().is_empty());
        let asn: Asn = shop.document("S1", "ASN").expect("it was made");
        assert_eq!(asn.cartons.iter().map(|carton| carton.carton_id.as_str()).collect::<Vec<_>>(), ["BOX1", "BOX2"]);
        assert_eq!(shop.tell("09:01", "S1", announce("ASN", &goods)), "asn_already_exists ASN");
        assert_eq!(shop.tell("09:01", "S2", announce("ASN", &goods)), "accepted", "ids are a store's own");
        assert_eq!(shop.tell("09:01", "S1", announce("ASN2", &[("A", 0, "")])), "no_lines");
    }
}
