//! The library from outside, with axum alone: what needs no other framework, and the whole contract in this one.

mod attacks;
mod axum;
mod defaults;
mod doctor;
mod fast_path;
mod faults;
mod features;
mod key_life;
mod layers;
mod microsoft_server;
mod oracle;
mod oversights;
mod presets;
mod properties;
mod tenants;
