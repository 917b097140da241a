//! A gateway's life: register, update, retire, release the bond.

use crate::{
    Config, Error, Event, Gateway, GatewayStatus, Gateways, MAX_ENDPOINT_LEN, MAX_PIPELINES, Pallet,
    types::{all_different, endpoint_is_valid},
};
use frame_support::{
    BoundedVec, ensure,
    pallet_prelude::DispatchResult,
    traits::{ConstU32, Get},
};
use sp_core::ed25519;
use sp_runtime::SaturatedConversion;
use vouchsafe_protocol::id::Digest;

/// A signature with R the identity and s = 0. It verifies, for any message, under keys of small order and
/// (but for a chance of 2⁻²⁵⁰) under no other, since the host function multiplies by the cofactor (ZIP 215).
const SIGNATURE_OF_NOBODY: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    bytes
};

/// Whether anybody could sign for this ed25519 key.
pub(crate) fn key_is_weak(key: &[u8; 32]) -> bool {
    let signature = ed25519::Signature::from_raw(SIGNATURE_OF_NOBODY);
    sp_io::crypto::ed25519_verify(&signature, b"weak key?", &ed25519::Public::from_raw(*key))
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_gateway(
        gateway: T::AccountId,
        key: [u8; 32],
        pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
        endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
    ) -> DispatchResult {
        ensure!(!Gateways::<T>::contains_key(&gateway), Error::<T>::GatewayExists);
        Self::ensure_declaration(&key, &pipelines, &endpoint)?;
        let bond = Self::hold_bond(&gateway)?;
        Gateways::<T>::insert(
            &gateway,
            Gateway {
                key,
                pipelines: pipelines.clone(),
                endpoint: endpoint.clone(),
                status: GatewayStatus::Active,
                registered_at: Self::height(),
                bond,
            },
        );
        Self::deposit_event(Event::GatewayRegistered {
            gateway,
            key,
            pipelines,
            endpoint,
            bond,
        });
        Ok(())
    }

    pub(crate) fn do_update_gateway(
        gateway: T::AccountId,
        key: [u8; 32],
        pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
        endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
    ) -> DispatchResult {
        let row = Self::active_gateway(&gateway)?;
        Self::ensure_declaration(&key, &pipelines, &endpoint)?;
        let row = Gateway {
            key,
            pipelines: pipelines.clone(),
            endpoint: endpoint.clone(),
            ..row
        };
        Gateways::<T>::insert(&gateway, row);
        Self::deposit_event(Event::GatewayUpdated {
            gateway,
            key,
            pipelines,
            endpoint,
        });
        Ok(())
    }

    pub(crate) fn do_retire_gateway(gateway: T::AccountId) -> DispatchResult {
        let row = Self::active_gateway(&gateway)?;
        let release_after = Self::height().saturating_add(T::CoolOff::get());
        Gateways::<T>::insert(
            &gateway,
            Gateway {
                status: GatewayStatus::Retiring { release_after },
                ..row
            },
        );
        Self::deposit_event(Event::GatewayRetired {
            gateway,
            release_after,
        });
        Ok(())
    }

    pub(crate) fn do_release_bond(gateway: T::AccountId) -> DispatchResult {
        let row = Gateways::<T>::get(&gateway).ok_or(Error::<T>::UnknownGateway)?;
        match row.status {
            GatewayStatus::Active => return Err(Error::<T>::GatewayActive.into()),
            GatewayStatus::Retiring { release_after } => {
                ensure!(Self::height() > release_after, Error::<T>::TooEarly);
            }
        }
        Self::free_bond(&gateway, row.bond)?;
        Gateways::<T>::remove(&gateway);
        Self::deposit_event(Event::BondReleased {
            gateway,
            bond: row.bond,
        });
        Ok(())
    }

    /// The row of a gateway that may act.
    pub(crate) fn active_gateway(gateway: &T::AccountId) -> Result<Gateway<crate::BalanceOf<T>>, Error<T>> {
        let row = Gateways::<T>::get(gateway).ok_or(Error::<T>::UnknownGateway)?;
        match row.status {
            GatewayStatus::Active => Ok(row),
            GatewayStatus::Retiring { .. } => Err(Error::<T>::GatewayRetired),
        }
    }

    /// What a gateway says about itself must be usable by others.
    fn ensure_declaration(key: &[u8; 32], pipelines: &[Digest], endpoint: &[u8]) -> DispatchResult {
        ensure!(endpoint_is_valid(endpoint), Error::<T>::BadEndpoint);
        ensure!(all_different(pipelines), Error::<T>::DuplicatePipeline);
        ensure!(!key_is_weak(key), Error::<T>::WeakKey);
        Ok(())
    }

    /// This block's height. Heights are stored as `u32` (at one block a second: 136 years).
    pub(crate) fn height() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
