//! The two walls against each other: statements made at random from names that collide. What
//! the policy lets pass, the engine's authorizer must never have to stop: each such statement
//! would be a hole in the first wall.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::run::reported;
use super::super::wall::Stop;
use crate::db::SQLITE;
use crate::db::backend::Order;
use crate::db::policy::{Statement, Verb};
use crate::db::statements::Force;
use crate::db::testing::{Desk, grant_of};

const STATEMENTS: u64 = 8_000;

/// Names that are tables, columns and aliases at once.
const TABLES: &[&str] = &[
    "ticket",
    "ticket",
    "queue",
    "users",
    "users",
    "article",
    "x",
    "\"Users\"",
];
const COLUMNS: &[&str] = &[
    "id", "id", "id", "login", "login", "pw", "title", "rowid", "[pw]", "n",
];
const ALIASES: &[&str] = &["a", "a", "b", "users", "ticket", "pw", "id", "n"];

/// A generator of numbers that is the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn query(&mut self, depth: usize) -> String {
        let mut sql = String::new();
        if self.below(4) == 0 && depth > 0 {
            let recursive = ["", "RECURSIVE "][self.below(2)];
            let (name, inner) = (self.of(ALIASES), self.query(depth - 1));
            sql += &format!("WITH {recursive}{name} AS ({inner}) ");
        }
        sql += &self.select(depth);
        if self.below(5) == 0 {
            let operator = self.of(&[" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT "]);
            sql += operator;
            sql += &self.select(depth);
        }
        if self.below(3) == 0 {
            sql += &format!(" ORDER BY {}", self.expression(depth));
        }
        if self.below(3) == 0 {
            sql += " LIMIT 3";
        }
        sql
    }

    fn select(&mut self, depth: usize) -> String {
        let item = match self.below(9) {
            0 => "*".to_owned(),
            1 => format!("{}.*", self.of(ALIASES)),
            2 => self.expression(depth),
            _ => format!("{} AS {}", self.expression(depth), self.of(ALIASES)),
        };
        let mut sql = format!("SELECT {item} FROM {}", self.from(depth));
        if self.below(2) == 0 {
            sql += &format!(" WHERE {}", self.expression(depth));
        }
        if self.below(4) == 0 {
            sql += &format!(" GROUP BY {}", self.expression(depth));
            if self.below(2) == 0 {
                sql += &format!(" HAVING {}", self.expression(depth));
            }
        }
        sql
    }

    fn from(&mut self, depth: usize) -> String {
        let one = match self.below(5) {
            0 if depth > 0 => format!("({}) AS {}", self.query(depth - 1), self.of(ALIASES)),
            1 => format!("{} AS {}", self.of(TABLES), self.of(ALIASES)),
            2 => format!("{} {}", self.of(TABLES), self.of(ALIASES)),
            _ => self.of(TABLES).to_owned(),
        };
        match self.below(6) {
            0 if depth > 0 => format!("{one}, {}", self.from(depth - 1)),
            1 if depth > 0 => {
                let (other, on) = (self.from(depth - 1), self.expression(depth - 1));
                format!("{one} LEFT JOIN {other} ON {on}")
            }
            2 if depth > 0 => format!("{one} JOIN {} USING (id)", self.from(depth - 1)),
            _ => one,
        }
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.column();
        }
        match self.below(10) {
            0 => format!("({})", self.query(depth - 1)),
            1 => format!("EXISTS ({})", self.query(depth - 1)),
            2 => format!("{} IN ({})", self.column(), self.query(depth - 1)),
            3 => format!("max({})", self.expression(depth - 1)),
            4 => format!("{} || {}", self.expression(depth - 1), self.column()),
            5 => format!("count(*) OVER (ORDER BY {})", self.expression(depth - 1)),
            6 => format!("CASE WHEN {} THEN 1 END", self.expression(depth - 1)),
            7 => "1".to_owned(),
            _ => self.column(),
        }
    }

    fn column(&mut self) -> String {
        match self.below(3) {
            0 | 1 => self.of(COLUMNS).to_owned(),
            _ => format!("{}.{}", self.of(ALIASES), self.of(COLUMNS)),
        }
    }
}

#[tokio::test]
async fn the_engine_never_stops_what_the_policy_lets_pass() {
    let desk = Desk::new();
    let force = Arc::new(Force::new(grant_of("stats")));
    let (mut passed, mut answered) = (0, 0);
    for seed in 0..STATEMENTS {
        let sql = Dice(seed).query(2);
        let Ok(statement) = force.checked(&SQLITE, &sql) else {
            continue;
        };
        passed += 1;
        let deadline = Instant::now() + Duration::from_secs(2);
        let pool = &desk.database.readers;
        let place = pool.place(deadline).await.unwrap();
        let lease = pool.lease(place, force.stamp()).unwrap();
        let order = Order {
            statement,
            params: Vec::new(),
            force: Arc::clone(&force),
            deadline,
            place: None,
        };
        let (answer, report) = reported(&lease, &order, &Arc::new(Stop::at(deadline)));
        assert_eq!(report.denied, None, "{sql}\nas {}", order.statement.sql);
        answered += u64::from(answer.is_ok());
        lease.give_back();
    }
    assert!(passed > STATEMENTS / 40, "{passed} passed");
    assert!(
        answered > STATEMENTS / 100,
        "{answered} of {passed} were answered"
    );
}

/// A statement that the policy would never let pass.
#[tokio::test]
async fn the_engine_stops_what_hides_in_a_common_table_expression() {
    let desk = Desk::new();
    let force = Arc::new(Force::new(grant_of("stats")));
    let deadline = Instant::now() + Duration::from_secs(20);
    for (cte, denied) in [
        ("SELECT pw FROM users", Some("read users.pw")),
        ("SELECT id FROM users", None),
    ] {
        let statement = Statement {
            sql: format!("WITH x AS ({cte}) SELECT count(*) FROM x"),
            verb: Verb::Read,
            accesses: [].into(),
            cte_names: ["x".to_owned()].into(),
            parameters: 0,
            target: None,
        };
        let pool = &desk.database.readers;
        let place = pool.place(deadline).await.unwrap();
        let lease = pool.lease(place, force.stamp()).unwrap();
        let order = Order {
            statement: Arc::new(statement),
            params: Vec::new(),
            force: Arc::clone(&force),
            deadline,
            place: None,
        };
        let (_, report) = reported(&lease, &order, &Arc::new(Stop::at(deadline)));
        assert_eq!(report.denied.as_deref(), denied, "{cte}");
        lease.give_back();
    }
}
