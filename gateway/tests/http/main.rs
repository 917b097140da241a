//! The HTTP interface through its real router and a real port, over the in-memory twins of every port.

mod client;
mod content;
mod contract;
mod evidence;
mod jobs;
mod limits;
mod metadata;
mod photos;
mod service;
mod wishes;
mod world;
