//! The attribute of the `requires-auth` crate. Depend on that crate, which re-exports what is here; an expansion names
//! its hidden module, so the two fit at one version only.
//!
//! The files are the way of an attribute: `args` reads what is written, `item` what it is written on, `requirement`
//! finds out what it means, and `expand` writes it down as data. What a token must be like to meet that data is decided
//! at run time, in the other crate, in one place. No framework is known here.

mod args;
mod claim;
mod company;
mod errors;
mod expand;
mod item;
mod paths;
mod requirement;
mod value;
mod words;

use proc_macro::TokenStream;

use crate::args::Args;
use crate::errors::Errors;
use crate::item::Handler;
use crate::requirement::Guard;

/// Lets a handler run only for a verified access token that meets a requirement.
#[proc_macro_attribute]
pub fn requires_auth(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args.into(), &item.into()).into()
}

/// A requirement as a value, in the grammar of [`macro@requires_auth`].
#[proc_macro]
pub fn requirement(predicates: TokenStream) -> TokenStream {
    function(predicates.into()).into()
}

fn attribute(args: proc_macro2::TokenStream, item: &proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let read = Errors::collect(|errors| {
        let args = Args::parse(args, errors);
        let guard = Guard::of_handler(args, errors);
        let handler = Handler::parse(item.clone(), errors);
        Some((handler?, guard?))
    });
    match read {
        Ok((handler, guard)) => expand::handler(&handler, &guard),
        Err(error) => expand::refused_item(&error, item),
    }
}

fn function(predicates: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let read = Errors::collect(|errors| {
        let args = Args::parse(predicates, errors);
        Guard::of_expression(args, errors)
    });
    match read {
        Ok(guard) => expand::expression(&guard),
        Err(error) => expand::refused_expression(&error),
    }
}
