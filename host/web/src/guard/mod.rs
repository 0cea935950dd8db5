//! What keeps a browser from being turned against its user.
//!
//! `csrf` makes and checks the tokens that unsafe requests carry, `origin` tells where a request
//! comes from, `local` which paths a redirect may lead to, `nonce` and `policy` what a page may do
//! in a browser. Pure, but for the nonce's chance.
//!
//! Not here: who may see what (the manager's access), and headers of plugins (`routes`).

mod csrf;
mod local;
mod nonce;
mod origin;
mod policy;

pub(crate) use csrf::{Audience, Csrf, FIELD as CSRF_FIELD, Forms, HEADER as CSRF_HEADER};
pub(crate) use local::local_path;
pub(crate) use nonce::Nonce;
pub(crate) use origin::{is_foreign, is_worker_script};
pub(crate) use policy::{ANSWER_POLICY, page_policy};
