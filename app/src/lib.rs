//! The assembled house: settings, start, serving, commands, and the pages that
//! belong to no single module (landing, dashboard, palette, stream, documentation).

pub mod commands;
pub mod home;
pub mod house;
pub mod keys;
pub mod recovery;
pub mod serve;
pub mod settings;
pub mod start;
pub mod telemetry;
