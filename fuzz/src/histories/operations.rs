//! An operation that somebody at a store might do now, of every kind there is.

use arbitrary::{Result, Unstructured};
use stockroom::domain::command::*;
use stockroom::domain::document::{Asn, AsnStatus, Count, CountStatus, Kind, Shipment, ShipmentStatus, TransferOrder};
use stockroom::domain::ids::{CartonId, DocumentId, ProductId, StockLocation, StoreId, Text};
use stockroom::domain::stock::StockKey;
use stockroom::domain::time::{Date, TimeZone, Timestamp};

use super::choices::{about, one_in, one_of, perhaps, units};
use super::tables::Tables;

/// The stores; the last one is a distribution centre.
pub const STORES: [&str; 4] = ["S1", "S2", "S3", "DC"];
/// Reasons that the deployment knows.
pub const REASONS: [&str; 4] = ["DAMAGED", "FOUND", "LOST", "MENDED"];
const PRODUCTS: [&str; 5] = ["A", "B", "C", "D", "X"];
const NAMES: [&str; 3] = ["N1", "N2", "a|b%"];
const MINUTE_MS: i64 = 60_000;

/// Draws what is done at a store.
pub struct Drawing<'d, 'u, 'a> {
    pub u: &'d mut Unstructured<'u>,
    pub tables: &'a Tables,
    pub store: &'a StoreId,
    pub now: Timestamp,
}

impl Drawing<'_, '_, '_> {
    /// One operation.
    pub fn operation(&mut self) -> Result<Operation> {
        Ok(match self.u.int_in_range(0..=99_u8)? {
            0..15 => Operation::ReceiveItems(self.receive()?),
            15..21 => Operation::CreateAsn(self.create_asn()?),
            21..25 => Operation::CloseAsn(CloseAsn {
                asn_id: self.asn_id()?,
                reason: "done".into(),
                remainder: if self.u.arbitrary()? { Remainder::Returned } else { Remainder::Lost },
            }),
            25..31 => Operation::CreateTransferOrder(self.create_order()?),
            31..37 => Operation::PackShipment(self.pack()?),
            37..47 => Operation::ShipItems(self.ship()?),
            47..49 => Operation::CancelShipment(CancelShipment {
                shipment_id: self.shipment(ShipmentStatus::Packed)?.1,
                reason: "no van".into(),
            }),
            49..51 => Operation::CloseTransferOrder(CloseTransferOrder {
                transfer_order_id: self.order_id()?,
                reason: "enough".into(),
            }),
            51..56 => Operation::AdjustStock(self.adjust()?),
            56..62 => Operation::CreateCount(self.create_count()?),
            62..72 => Operation::SubmitCount(self.submit()?),
            72..75 => Operation::ReviewCount(self.review()?),
            75 => Operation::CancelCount(CancelCount { count_id: self.count_id()?, reason: "closed".into() }),
            76..79 => Operation::ImportStock(self.import()?),
            79..86 => Operation::RecordSale(self.sale()?),
            86..89 => Operation::RecordReturn(self.brought_back()?),
            89..91 => Operation::Allocate(Allocate { allocation_id: self.id(Kind::Allocation)?, lines: self.lines()? }),
            91 => Operation::ReleaseAllocation(ReleaseAllocation {
                allocation_id: self.id(Kind::Allocation)?,
                lines: if self.u.arbitrary()? { Some(self.lines()?) } else { None },
            }),
            92..95 => Operation::Reserve(Reserve {
                reservation_id: self.id(Kind::Reservation)?,
                lines: self.lines()?,
                expires_at: perhaps(self.u, self.now)?,
            }),
            95 => Operation::ReleaseReservation(ReleaseReservation {
                reservation_id: self.id(Kind::Reservation)?,
                lines: if self.u.arbitrary()? { Some(self.lines()?) } else { None },
                expires_at: perhaps(self.u, self.now)?,
            }),
            96 => Operation::ConfigureStore(self.configure()?),
            97 => Operation::DefineReason(self.define_reason()?),
            // Anything that can be said at all.
            _ => self.anything()?,
        })
    }

    fn anything(&mut self) -> Result<Operation> {
        Ok(match self.u.arbitrary()? {
            // Which stores are mastered here is settled before they trade (§6.7).
            Operation::ConfigureStore(configure) => {
                Operation::ConfigureStore(ConfigureStore { inventory_master: None, location_type: None, ..configure })
            }
            other => other,
        })
    }

    /// An id for something new: mostly left out or never used, sometimes one that others use too.
    fn new_id(&mut self) -> Result<Option<DocumentId>> {
        Ok(match self.u.int_in_range(0..=7_u8)? {
            0..4 => None,
            4 => Some(DocumentId::from(one_of(self.u, &NAMES)?)),
            5 => Some("0123456789".repeat(7)[..64].into()),
            _ => Some(format!("ID-{}", self.u.arbitrary::<u8>()?).into()),
        })
    }

    /// The id of one of those there are, mostly of the newest; sometimes of none.
    fn one_id(&mut self, mut ids: Vec<DocumentId>) -> Result<DocumentId> {
        if ids.is_empty() || one_in(self.u, 16)? {
            return Ok(one_of(self.u, &NAMES)?.into());
        }
        let index = self.u.choose_index(ids.len())?;
        Ok(ids.swap_remove(index))
    }

    fn id(&mut self, kind: Kind) -> Result<DocumentId> {
        let ids = self.tables.ids(self.store, kind);
        self.one_id(ids)
    }

    /// An ASN of this store: an open one if there is one, or one that is still on its way here.
    fn asn_id(&mut self) -> Result<DocumentId> {
        let is_wanted = |status: AsnStatus, wanted: bool| (status == AsnStatus::Open) == wanted;
        let wants_open = !one_in(self.u, 6)?;
        let asns = self.tables.of::<Asn>(self.store);
        let mut ids: Vec<_> =
            asns.filter(|asn| is_wanted(asn.status, wants_open)).map(|asn| asn.asn_id.clone()).collect();
        if ids.is_empty() || one_in(self.u, 8)? {
            ids = self.tables.to(self.store).into_iter().map(|shipment| shipment.asn_id.clone()).collect();
        }
        self.one_id(ids)
    }

    fn order_id(&mut self) -> Result<DocumentId> {
        let wants_open = !one_in(self.u, 8)?;
        let orders = self.tables.of::<TransferOrder>(self.store).filter(|order| order.closing.is_none() == wants_open);
        self.one_id(orders.map(|order| order.transfer_order_id.clone()).collect())
    }

    /// A shipment of this store that is in such a state, and its order.
    fn shipment(&mut self, status: ShipmentStatus) -> Result<(DocumentId, DocumentId)> {
        let any = one_in(self.u, 8)?;
        let shipments = self.tables.of::<Shipment>(self.store);
        let shipments: Vec<_> = shipments.filter(|shipment| any || shipment.status == status).collect();
        if shipments.is_empty() {
            return Ok((self.order_id()?, one_of(self.u, &NAMES)?.into()));
        }
        let shipment = *self.u.choose(&shipments)?;
        Ok((shipment.transfer_order_id.clone(), shipment.shipment_id.clone()))
    }

    fn count_id(&mut self) -> Result<DocumentId> {
        let any = one_in(self.u, 8)?;
        let is_open = |count: &&Count| matches!(count.status, CountStatus::Open | CountStatus::InReview);
        let counts = self.tables.of::<Count>(self.store).filter(|count| any || is_open(count));
        self.one_id(counts.map(|count| count.count_id.clone()).collect())
    }

    fn product(&mut self) -> Result<ProductId> {
        Ok(one_of(self.u, &PRODUCTS)?.into())
    }

    /// A few products and how many units of each; hardly ever as many lines as a command may have, or one more.
    fn goods(&mut self) -> Result<Vec<(ProductId, Quantity)>> {
        let many = match self.u.int_in_range(0..=999_u16)? {
            0 => 1_000,
            1 => 1_001,
            2 => 501,
            few => 1 + usize::from(few % 3),
        };
        if many > 3 {
            let each = units(self.u)?;
            return Ok((0..many).map(|number| (format!("P{number}").into(), each)).collect());
        }
        (0..many).map(|_| Ok((self.product()?, units(self.u)?))).collect()
    }

    fn lines(&mut self) -> Result<Vec<Line>> {
        Ok(self.goods()?.into_iter().map(|(product_id, quantity)| Line { product_id, quantity }).collect())
    }

    fn carton_lines(&mut self) -> Result<Vec<CartonLine>> {
        let in_cartons = one_in(self.u, 3)?;
        let mut lines = Vec::new();
        for (product_id, quantity) in self.goods()? {
            let carton_id = if in_cartons { Some(CartonId::from(one_of(self.u, &["K1", "K2"])?)) } else { None };
            lines.push(CartonLine { product_id, quantity, carton_id });
        }
        Ok(lines)
    }

    /// A moment of a device, of today or of long ago.
    fn moment(&mut self) -> Result<Timestamp> {
        let minutes = match self.u.int_in_range(0..=15_u8)? {
            0 => -20 * 24 * 60,
            1 => -15 * 24 * 60,
            2 => 4,
            3 => 24 * 60,
            4 => -24 * 60,
            few => -10 * i64::from(few - 5),
        };
        Ok(self.now.plus_millis(minutes * MINUTE_MS))
    }

    fn stock_location(&mut self) -> Result<StockLocation> {
        let all = ["main", "main", "main", "damaged", "display", "cellar", "_customer_reservations"];
        Ok(one_of(self.u, &all)?.into())
    }

    fn receive(&mut self) -> Result<ReceiveItems> {
        let asn_id = if one_in(self.u, 5)? { None } else { Some(self.asn_id()?) };
        let asn = asn_id.as_ref().and_then(|id| self.tables.asn(self.store, id));
        let mut receipt = ReceiveItems {
            receipt_id: self.new_id()?,
            asn_id,
            carton_ids: Vec::new(),
            order_ref: perhaps(self.u, Text::from("PO-1"))?,
            shipment_ref: None,
            started_at: if one_in(self.u, 3)? { Some(self.moment()?) } else { None },
            lines: Vec::new(),
        };
        if let Some(asn) = asn.filter(|asn| !asn.cartons.is_empty())
            && !one_in(self.u, 4)?
        {
            for carton in &asn.cartons {
                if self.u.arbitrary()? || asn.cartons.len() == 1 {
                    receipt.carton_ids.push(carton.carton_id.clone());
                }
            }
            return Ok(receipt);
        }
        let mut goods = Vec::new();
        for line in asn.map_or(&[][..], |asn| &asn.lines).iter().take(6) {
            goods.push((line.product_id.clone(), about(self.u, line.outstanding().max(line.lost_quantity))?));
        }
        if goods.is_empty() || one_in(self.u, 8)? {
            goods.extend(self.goods()?);
        }
        for (product_id, quantity) in goods {
            let rejected_quantity = if one_in(self.u, 6)? { units(self.u)? } else { 0 };
            receipt.lines.push(ReceiptLine { product_id, quantity, rejected_quantity, external_identifiers: None });
        }
        Ok(receipt)
    }

    /// The ERP announces a delivery: one of a supplier, or one of our own that it was told of.
    fn create_asn(&mut self) -> Result<CreateAsn> {
        let coming = self.tables.to(self.store);
        let (mut asn_id, mut lines) = (self.new_id()?, Vec::new());
        if !coming.is_empty() && one_in(self.u, 3)? {
            let shipment = *self.u.choose(&coming)?;
            asn_id = Some(shipment.asn_id.clone());
            for line in shipment.lines.iter().take(4) {
                let quantity = about(self.u, line.quantity)?;
                lines.push(CartonLine {
                    product_id: line.product_id.clone(),
                    quantity,
                    carton_id: line.carton_id.clone(),
                });
            }
        }
        if lines.is_empty() {
            lines = self.carton_lines()?;
        }
        Ok(CreateAsn {
            asn_id,
            from_location: one_of(self.u, &["VENDOR", "S1", "DC"])?.into(),
            shipment_ref: "V-1".into(),
            order_ref: perhaps(self.u, "PO-1".into())?,
            shipment_date: self.moment()?,
            lines,
        })
    }

    fn create_order(&mut self) -> Result<CreateTransferOrder> {
        Ok(CreateTransferOrder {
            transfer_order_id: self.new_id()?,
            external_ref: perhaps(self.u, "EXT".into())?,
            destination_id: one_of(self.u, &STORES)?.into(),
            stock_location: if one_in(self.u, 4)? { Some(self.stock_location()?) } else { None },
            source: if self.u.arbitrary()? { Source::Api } else { Source::AssociateApp },
            lines: self.lines()?,
        })
    }

    /// What remains of an order, or a part of it; sometimes something else.
    fn for_order(&mut self, id: &DocumentId) -> Result<Vec<CartonLine>> {
        let order = self.tables.of::<TransferOrder>(self.store).find(|order| order.transfer_order_id == *id);
        let in_cartons = one_in(self.u, 4)?;
        let mut lines = Vec::new();
        for line in order.map_or(&[][..], |order| &order.lines).iter().take(5) {
            let left = line.ordered_quantity - line.packed_quantity - line.transferred_quantity;
            let carton_id = if in_cartons { Some(CartonId::from(one_of(self.u, &["K1", "K2"])?)) } else { None };
            lines.push(CartonLine {
                product_id: line.product_id.clone(),
                quantity: about(self.u, left.max(1))?,
                carton_id,
            });
        }
        if lines.is_empty() || one_in(self.u, 10)? {
            lines.extend(self.carton_lines()?);
        }
        Ok(lines)
    }

    fn pack(&mut self) -> Result<PackShipment> {
        let transfer_order_id = self.order_id()?;
        Ok(PackShipment {
            lines: self.for_order(&transfer_order_id)?,
            transfer_order_id,
            shipment_id: self.new_id()?,
            service_level: "ground".into(),
            carrier: None,
            tracking_code: None,
            package_count: perhaps(self.u, Quantity::MAX)?,
        })
    }

    fn ship(&mut self) -> Result<ShipItems> {
        if self.u.arbitrary()? {
            let (transfer_order_id, shipment_id) = self.shipment(ShipmentStatus::Packed)?;
            return Ok(ShipItems { transfer_order_id, goods: ShippedGoods::Packed(shipment_id) });
        }
        let transfer_order_id = self.order_id()?;
        Ok(ShipItems { goods: ShippedGoods::Carried(self.for_order(&transfer_order_id)?), transfer_order_id })
    }

    fn adjust(&mut self) -> Result<AdjustStock> {
        let mut lines = Vec::new();
        for (product_id, quantity) in self.goods()? {
            let row = StockKey { store_id: self.store.clone(), product_id: product_id.clone() };
            let on_hand = self.tables.stock.get(&row).map_or(0, |row| row.on_hand(&"main".into()));
            let expected_on_hand = if one_in(self.u, 4)? { Some(on_hand) } else { None };
            lines.push(AdjustmentLine {
                product_id,
                quantity: quantity.max(1),
                expected_on_hand,
                external_identifiers: None,
            });
        }
        let reason_code =
            if one_in(self.u, 8)? { self.id(Kind::Reason)?.text() } else { one_of(self.u, &REASONS)?.into() };
        Ok(AdjustStock { adjustment_id: self.new_id()?, reason_code: reason_code.into(), note: None, lines })
    }

    fn create_count(&mut self) -> Result<CreateCount> {
        let is_full = one_in(self.u, 3)?;
        let mut product_ids: Vec<_> = self.goods()?.into_iter().map(|(product, _)| product).collect();
        product_ids.truncate(if is_full && self.u.arbitrary()? { 0 } else { usize::MAX });
        Ok(CreateCount {
            count_id: self.new_id()?,
            count_type: if is_full { CountType::FullCount } else { CountType::CycleCount },
            product_ids,
            due_date: perhaps(self.u, Date::parse("9999-12-31").unwrap())?,
            external_id: None,
            stock_location: if one_in(self.u, 4)? { Some(self.stock_location()?) } else { None },
            blind: None,
        })
    }

    /// A number that an associate may find: about what is there.
    fn number(&mut self, product: &ProductId) -> Result<Quantity> {
        let key = StockKey { store_id: self.store.clone(), product_id: product.clone() };
        let there = self.tables.stock.get(&key).map_or(0, |row| row.on_hand(&"main".into()));
        about(self.u, there)
    }

    fn submit(&mut self) -> Result<SubmitCount> {
        let count_id = self.count_id()?;
        let mut products = self.tables.count(self.store, &count_id).map(|(_, products)| products).unwrap_or_default();
        products.truncate(8);
        if products.is_empty() || one_in(self.u, 8)? {
            products.push(self.product()?);
        }
        let partial = one_in(self.u, 4)?;
        let mut lines = Vec::new();
        for product_id in products {
            if partial && self.u.arbitrary()? {
                continue;
            }
            let counted_at = if self.u.arbitrary()? { Some(self.moment()?) } else { None };
            let zone = if one_in(self.u, 4)? { Some(Text::from(one_of(self.u, &["back", "front"])?)) } else { None };
            lines.push(CountLine { count: self.number(&product_id)?, product_id, counted_at, zone });
        }
        Ok(SubmitCount { count_id, partial, lines })
    }

    fn review(&mut self) -> Result<ReviewCount> {
        let reviewed = self.tables.of::<Count>(self.store).filter(|count| count.status == CountStatus::InReview);
        let reviewed = reviewed.map(|count| count.count_id.clone()).collect();
        let decision = if one_in(self.u, 3)? { Decision::Recount } else { Decision::Accept };
        let product_ids = if one_in(self.u, 4)? { vec![self.product()?] } else { Vec::new() };
        Ok(ReviewCount { count_id: self.one_id(reviewed)?, decision, product_ids })
    }

    fn import(&mut self) -> Result<ImportStock> {
        let mut lines = Vec::new();
        for (product_id, quantity) in self.goods()? {
            let count = if self.u.arbitrary()? { self.number(&product_id)? } else { quantity };
            lines.push(ImportLine { product_id, count });
        }
        let stock_location = self.stock_location()?;
        Ok(ImportStock { import_id: self.new_id()?, stock_location, external_id: None, lines })
    }

    fn sale(&mut self) -> Result<RecordSale> {
        Ok(RecordSale {
            sale_id: self.new_id()?.unwrap_or("POS-1".into()),
            allocation_id: if one_in(self.u, 4)? { Some(self.id(Kind::Allocation)?) } else { None },
            reservation_id: if one_in(self.u, 4)? { Some(self.id(Kind::Reservation)?) } else { None },
            lines: self.lines()?,
        })
    }

    fn brought_back(&mut self) -> Result<RecordReturn> {
        let mut lines = Vec::new();
        for (product_id, quantity) in self.goods()? {
            let condition = one_of(self.u, &["sellable", "SELLABLE", "stained"])?.into();
            lines.push(ReturnLine { product_id, quantity, condition });
        }
        Ok(RecordReturn { return_id: self.new_id()?.unwrap_or("R-1".into()), lines })
    }

    fn configure(&mut self) -> Result<ConfigureStore> {
        let mut features = Vec::new();
        if self.u.arbitrary()? {
            features.push((*self.u.choose(&Gate::ALL)?, !one_in(self.u, 3)?));
        }
        Ok(ConfigureStore {
            features,
            inventory_master: None,
            location_type: None,
            time_zone: TimeZone::named(one_of(self.u, &["UTC", "Asia/Tokyo", "America/New_York"])?),
            negative_stock: perhaps(self.u, NegativeStock::Refuse)?,
            count_tolerance: perhaps(self.u, 2)?,
        })
    }

    fn define_reason(&mut self) -> Result<DefineReason> {
        let origin = if self.u.arbitrary()? { Some(self.stock_location()?) } else { None };
        let destination = if self.u.arbitrary()? { Some(self.stock_location()?) } else { None };
        Ok(DefineReason {
            reason_code: one_of(self.u, &["DAMAGED", "OWN", "N1"])?.into(),
            kind: "Stock correction".into(),
            subtype: "x".into(),
            origin_stock_location: origin,
            destination_stock_location: destination,
            is_activated: !one_in(self.u, 4)?,
        })
    }
}
