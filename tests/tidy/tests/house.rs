//! The rules, held against this repository.

#![allow(clippy::unwrap_used)]

use goatkit_tidy::Broken;
use goatkit_tidy::repository::Repository;
use goatkit_tidy::rules::{
    commands, floors, folders, heavy, inherit, opening, panics, unsafety, walk,
};

fn holds(broken: &[Broken]) {
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn floors_stand_on_lower_floors_only() {
    holds(&floors::check_table(floors::FLOORS));
    holds(&floors::check(
        &Repository::here().manifests().unwrap(),
        floors::FLOORS,
    ));
}

#[test]
fn heavy_dependencies_stand_in_one_manifest() {
    holds(&heavy::check(&Repository::here().manifests().unwrap()));
}

#[test]
fn what_crates_share_comes_from_the_workspace() {
    holds(&inherit::check(&Repository::here().manifests().unwrap()));
}

#[test]
fn the_top_has_these_folders_and_no_others() {
    holds(&folders::check(&Repository::here().folders().unwrap()));
}

#[test]
fn sources_open_with_what_they_are_and_are_short() {
    holds(&opening::check(&Repository::here().sources().unwrap()));
}

#[test]
fn code_that_ships_does_not_give_up() {
    holds(&panics::check(&Repository::here().sources().unwrap()));
}

#[test]
fn unsafe_code_has_a_reason() {
    holds(&unsafety::check(
        &Repository::here().sources().unwrap(),
        unsafety::ALLOWED,
    ));
}

#[test]
fn the_way_from_a_page_to_a_guest_is_six_files() {
    let house = Repository::here();
    holds(&walk::check(
        &house.text(walk::PAPER),
        &house.sources().unwrap(),
    ));
}

#[test]
fn the_commands_are_the_ones_that_readme_names() {
    let house = Repository::here();
    let [readme, ci, cargo] =
        ["README.md", ".ci/run", ".cargo/config.toml"].map(|it| house.text(it));
    holds(&commands::check(&readme, &ci, &cargo));
}
