//! `create_asn`: the ERP announces a delivery; its goods are in transit from now on (domain contract §6.1).

use crate::domain::deciding::draft::{Draft, Step};
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rule::{Ids, Rule};
use crate::domain::deciding::shape::Shape;
use crate::domain::model::document::Kind;
use crate::domain::model::document::asn::{Asn, AsnHeader, OutgoingAsn};
use crate::domain::model::ids::{DocumentId, StoreId, Text};
use crate::domain::model::lines::{CartonLine, summed_cartons};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::model::rejection::{Code, Rejection};
use crate::domain::model::time::Timestamp;

/// `create_asn`.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
pub struct CreateAsn {
    pub asn_id: Option<DocumentId>,
    pub from_location: StoreId,
    pub shipment_ref: Text,
    pub order_ref: Option<Text>,
    pub shipment_date: Timestamp,
    pub lines: Vec<CartonLine>,
}

impl Rule for CreateAsn {
    fn shape(&self) -> Shape<'_> {
        let lines = self.lines.iter().map(|line| (&line.product_id, line.quantity));
        let shape = Shape { touches_stock: false, ..Shape::of_lines(lines) };
        match &self.asn_id {
            Some(id) => shape.document(Kind::Asn, id.text()),
            None => shape,
        }
    }

    fn device_times(&self) -> Vec<Timestamp> {
        Vec::new()
    }

    fn carry_out(&self, draft: &mut Draft<'_>) -> Step<Ids> {
        let asn_id = draft.id_or_derived(self.asn_id.as_ref(), "asn_id");
        if draft.find::<Asn>(&asn_id)?.is_some() || draft.find::<OutgoingAsn>(&asn_id)?.is_some() {
            return Err(Rejection::of(Code::AsnAlreadyExists, asn_id.text()).into());
        }

        // Point of no return: every refusal is above; below only a row that is not at hand stops.
        let header = AsnHeader {
            asn_id: asn_id.clone(),
            from_location: self.from_location.clone(),
            shipment_ref: self.shipment_ref.clone(),
            shipment_date: self.shipment_date,
            order_ref: self.order_ref.clone(),
            transfer: None,
        };
        let asn = Asn::open(header, &summed_cartons(&self.lines));
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
}

#[cfg(test)]
mod tests {
    use crate::domain::model::document::asn::Asn;
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
