//! Zips and folders that must not get in, each beside one that may.

#![allow(clippy::unwrap_used)]

mod folders;
mod names;
mod shape;
mod sizes;

use crate::testing::House;

#[track_caller]
fn check(zip: &[u8], expect: Result<(), &str>) {
    let house = House::new();
    match expect {
        Ok(()) => drop(house.admit(zip).unwrap()),
        Err(expect) => {
            assert_eq!(house.refusal(zip), expect);
            assert_eq!(house.stored(), 0, "nothing of a refused package stays");
        }
    }
}
