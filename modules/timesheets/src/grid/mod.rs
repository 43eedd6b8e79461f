//! The week as a grid: projects and tasks down, days across, hours in the cells.

pub(crate) mod actions;
pub(crate) mod pages;
pub(crate) mod rules;
