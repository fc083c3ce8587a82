//! An ERP that was told of a shipment may make its ASN itself before the leg arrives: then the leg adopts it (domain
//! contract §6.1).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::deciding::draft::Draft;
use crate::domain::deciding::ledger::Posting;
use crate::domain::deciding::rows::Need;
use crate::domain::model::document::asn::{Asn, AsnLine};
use crate::domain::model::document::closing::CloseReason;
use crate::domain::model::ids::{CartonId, ProductId, Quantity};
use crate::domain::model::movement::{Account, DocumentKind};
use crate::domain::receiving::asn;

/// The ASN of the ERP becomes the one of the shipment, `of_shipment`: references, cartons and what is expected are the
/// shipment's, what was received stays. What was put in transit twice goes back, so that in transit is again what is still
/// to come. Of a closed one only the references change: its goods were received from what the ERP announced, and only what
/// it sent back is still on its way to the origin.
pub(crate) fn adopt(draft: &mut Draft<'_>, by_erp: Asn, of_shipment: Asn) -> Result<(), Need> {
    let shipped: Vec<(ProductId, Quantity)> =
        of_shipment.lines.iter().map(|line| (line.product_id.clone(), line.expected_quantity)).collect();
    let mut adopted = Asn {
        status: by_erp.status,
        closing: by_erp.closing.clone(),
        revision: by_erp.revision,
        receiving_mode: by_erp.receiving_mode,
        ..of_shipment
    };
    let twice = if by_erp.is_open() {
        keep_marks(&mut adopted, &by_erp);
        expect(&mut adopted, &by_erp.lines, &shipped)
    } else {
        adopted.lines = by_erp.lines;
        adopted.cartons = by_erp.cartons;
        let returned: FxHashMap<_, _> =
            adopted.lines.iter().map(|line| (&line.product_id, line.returned_quantity)).collect();
        let is_gone = |(product, units): (ProductId, Quantity)| {
            let comes_back = returned.get(&product).copied().unwrap_or_default().min(units);
            (product, units - comes_back)
        };
        shipped.into_iter().map(is_gone).collect()
    };
    let asn_id = adopted.asn_id.clone();
    for (product, quantity) in &twice {
        draft.post(Posting {
            product_id: product,
            from: Account::InTransit(asn_id.clone()),
            to: Account::Supplier,
            quantity: *quantity,
            document_kind: DocumentKind::Asn,
            document_id: &asn_id,
            count: None,
        })?;
    }
    let has_come = adopted.lines.iter().any(|line| line.received_quantity > 0);
    if adopted.is_open() && has_come && adopted.lines.iter().all(|line| line.outstanding() == 0) {
        adopted.close(draft.context().closing(CloseReason::Completed, None));
        asn::announce_closed(draft, &adopted);
    }
    asn::keep(draft, adopted);
    Ok(())
}

/// Cartons that were scanned stay scanned.
fn keep_marks(adopted: &mut Asn, by_erp: &Asn) {
    let scanned: FxHashSet<&CartonId> =
        by_erp.cartons.iter().filter(|carton| carton.received).map(|carton| &carton.carton_id).collect();
    for carton in &mut adopted.cartons {
        carton.received = scanned.contains(&carton.carton_id);
    }
}

/// The lines of the ERP's ASN with what the shipment holds expected in place of what the ERP expected. Returns what is in
/// transit twice of each product: what was held there for the ERP and what was shipped, less what is still to come.
fn expect(adopted: &mut Asn, lines: &[AsnLine], shipped: &[(ProductId, Quantity)]) -> Vec<(ProductId, Quantity)> {
    let of_product: FxHashMap<&ProductId, Quantity> =
        shipped.iter().map(|(product, units)| (product, *units)).collect();
    let known: FxHashSet<&ProductId> = lines.iter().map(|line| &line.product_id).collect();
    let mut twice = Vec::with_capacity(lines.len());
    adopted.lines.retain(|line| !known.contains(&line.product_id));
    let new = std::mem::take(&mut adopted.lines);
    for line in lines {
        let shipped = of_product.get(&line.product_id).copied().unwrap_or_default();
        let now = AsnLine { expected_quantity: shipped, ..line.clone() };
        twice.push((line.product_id.clone(), line.outstanding() + shipped - now.outstanding()));
        adopted.lines.push(now);
    }
    adopted.lines.extend(new);
    twice
}
