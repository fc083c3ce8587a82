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
