//! Every operation there is, one row each, and their names.

use crate::domain::model::later::LaterName;

/// The list of operations: what each is for, its struct, and its file. An operation has its file's name on the wire. Calls `$make` with
/// it. The names are made of it here, below everything that mentions one; the operations in `operations.rs`, above them.
macro_rules! operations {
    ($make:ident) => {
        $make! {
            /// Goods arrived at the store.
            ReceiveItems in receiving::receive_items,
            /// The ERP announces a delivery.
            CreateAsn in receiving::create_asn,
            /// Head office or the ERP closes a delivery by hand.
            CloseAsn in receiving::close_asn,
            /// Goods are wanted at another location.
            CreateTransferOrder in transfers::create_transfer_order,
            /// Goods of a transfer order were packed and labelled.
            PackShipment in transfers::pack_shipment,
            /// Goods left the store.
            ShipItems in transfers::ship_items,
            /// A packed shipment is unpacked again.
            CancelShipment in transfers::cancel_shipment,
            /// Head office or the ERP closes a transfer order by hand.
            CloseTransferOrder in transfers::close_transfer_order,
            /// Stock is corrected for a reason.
            AdjustStock in adjusting::adjust_stock,
            /// A count is wanted.
            CreateCount in counts::create_count,
            /// An associate hands in numbers.
            SubmitCount in counts::submit_count,
            /// Discrepancies were looked at.
            ReviewCount in counts::review_count,
            /// A count is called off.
            CancelCount in counts::cancel_count,
            /// Opening stock, or a full-count file.
            ImportStock in counts::import_stock,
            /// Units were sold.
            RecordSale in sales::record_sale,
            /// A customer brought units back.
            RecordReturn in sales::record_return,
            /// Units are promised to an order.
            Allocate in holds::allocate,
            /// A promise is taken back.
            ReleaseAllocation in holds::release_allocation,
            /// Units are put aside for a customer.
            Reserve in holds::reserve,
            /// Units put aside go back on sale.
            ReleaseReservation in holds::release_reservation,
            /// A store's configuration changes; what is absent stays.
            ConfigureStore in setup::configure_store,
            /// A reason of adjustments is defined at a store.
            DefineReason in setup::define_reason,
        }
    };
}
pub(crate) use operations;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident in $family:ident::$file:ident,)+) => {
        /// The name of an operation, as on the wire.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[derive(strum::EnumString, strum::IntoStaticStr)]
        #[cfg_attr(any(test, feature = "arbitrary"), derive(arbitrary::Arbitrary))]
        #[strum(serialize_all = "snake_case")]
        pub enum OperationName {
            $($(#[$doc])* $variant,)+
            /// One that a later release has: in rows, never in a command.
            #[strum(disabled)]
            Later(LaterName),
        }

        impl OperationName {
            /// Every operation there is.
            pub const ALL: &'static [OperationName] = &[$(OperationName::$variant),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                if let OperationName::Later(name) = self { name.as_str() } else { self.into() }
            }

            /// The operation of a name in a command.
            pub fn parse(name: &str) -> Option<Self> {
                name.parse().ok()
            }

            /// The operation of a name in a row.
            pub fn of_row(name: &str) -> Option<Self> {
                Self::parse(name).or_else(|| LaterName::of(name).map(OperationName::Later))
            }
        }
    };
}

operations!(names);
