//! Bad days, made on purpose: the built program is killed, cut off and starved while it is
//! written to, and what it promises is held against what is found afterwards.

pub mod account;
pub mod browser;
pub mod caller;
pub mod child;
pub mod damage;
pub mod installation;
pub mod ledger;
pub mod load;
pub mod mount;
pub mod outside;
pub mod promise;
pub mod proofs;
pub mod proxy;
pub mod races;
pub mod reader;
pub mod report;
pub mod stripe;

pub use installation::{Ground, Installation};
pub use promise::{Line, Proof};
