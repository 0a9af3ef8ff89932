//! Quality of published figures as numbers. Nothing here changes a figure.

pub mod revisions;
