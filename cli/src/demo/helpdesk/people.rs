//! Agents with what they may see, and customers with the companies they work for.

use super::moment::{DAY, Moment, Today};
use super::rows::{Rows, Stamp};

/// The agent who is there before all others, and who acts where nobody does.
pub(super) const ROOT: i64 = 1;

/// Groups, by their place in [`GROUPS`]: a queue belongs to one of them.
pub(super) const USERS: i64 = 1;
const ADMIN: i64 = 2;
pub(super) const APPLICATIONS: i64 = 3;
pub(super) const INFRASTRUCTURE: i64 = 4;
pub(super) const OFFICE: i64 = 5;

const GROUPS: &[(&str, &str)] = &[
    ("users", "the service desk's queues"),
    ("admin", "who may change the help desk itself"),
    ("applications", "queues of the applications team"),
    ("infrastructure", "queues of networks and servers"),
    ("office", "bills and personnel: nobody else's business"),
];

const ROLES: &[(&str, &[(i64, &str)])] = &[
    ("Service desk", &[(USERS, "rw"), (APPLICATIONS, "ro")]),
    (
        "Applications engineer",
        &[(USERS, "ro"), (APPLICATIONS, "rw")],
    ),
    (
        "Infrastructure engineer",
        &[(USERS, "ro"), (INFRASTRUCTURE, "rw")],
    ),
    ("Office", &[(OFFICE, "rw")]),
];

/// No password has this hash.
const NO_PASSWORD: &str = "!";

struct Agent {
    login: &'static str,
    first: &'static str,
    last: &'static str,
    /// Of [`ROLES`], counted from 1.
    role: Option<i64>,
    gone: bool,
}

const fn agent(
    login: &'static str,
    first: &'static str,
    last: &'static str,
    role: Option<i64>,
) -> Agent {
    Agent {
        login,
        first,
        last,
        role,
        gone: false,
    }
}

/// In the order of their identifiers, from 1. The first two have their groups directly.
const AGENTS: &[Agent] = &[
    agent("root@localhost", "Admin", "Istrator", None),
    agent("jane", "Jane", "Okafor", None),
    agent("amir", "Amir", "Haddad", Some(1)),
    agent("birgit", "Birgit", "Sommer", Some(1)),
    agent("carlos", "Carlos", "Iglesias", Some(1)),
    agent("dunja", "Dunja", "Petrović", Some(2)),
    agent("edith", "Edith", "Lindqvist", Some(2)),
    agent("femi", "Femi", "Adeyemi", Some(3)),
    agent("greta", "Greta", "Aaltonen", Some(3)),
    agent("hugo", "Hugo", "Marchetti", Some(4)),
    agent("ines", "Inês", "Carvalho", Some(4)),
    Agent {
        gone: true,
        ..agent("jonas", "Jonas", "Weber", Some(3))
    },
];

/// What agents have of groups without a role.
const DIRECT: &[(i64, i64, &str)] = &[
    (ROOT, USERS, "rw"),
    (ROOT, ADMIN, "rw"),
    (ROOT, APPLICATIONS, "rw"),
    (ROOT, INFRASTRUCTURE, "rw"),
    (ROOT, OFFICE, "rw"),
    (2, USERS, "rw"),
    (2, APPLICATIONS, "ro"),
];

/// The agents who work on the tickets of a group.
pub(super) fn agents_of(group: i64) -> &'static [i64] {
    match group {
        APPLICATIONS => &[6, 7, 2],
        INFRASTRUCTURE => &[8, 9, 12],
        OFFICE => &[10, 11],
        _ => &[2, 3, 4, 5],
    }
}

/// An agent's name as a mail shows it.
pub(super) fn agent_name(id: i64) -> String {
    let at = usize::try_from(id - 1).unwrap_or_default();
    let agent = AGENTS.get(at).unwrap_or(&AGENTS[0]);
    format!("{} {}", agent.first, agent.last)
}

/// The key of each with its name, city and country. The key is the domain's name too.
const COMPANIES: &[(&str, &str, &str, &str)] = &[
    ("alder", "Alder & Sons", "Leeds", "United Kingdom"),
    ("birke", "Birke Maschinenbau GmbH", "Chemnitz", "Germany"),
    ("cedro", "Cedro Alimentos", "Valencia", "Spain"),
    ("dogwood", "Dogwood Logistics", "Cork", "Ireland"),
    ("elm", "Elm Street Dental", "Bristol", "United Kingdom"),
    ("faggio", "Faggio Mobili", "Udine", "Italy"),
    ("ginkgo", "Ginkgo Biolabs", "Ghent", "Belgium"),
    ("hazel", "Hazel Publishing", "Edinburgh", "United Kingdom"),
    ("ilex", "Ilex Insurance", "Luxembourg", "Luxembourg"),
    ("juniper", "Juniper Hotels", "Porto", "Portugal"),
    ("kiefer", "Kiefer Stadtwerke", "Kassel", "Germany"),
    ("linde", "Linde Apotheken", "Graz", "Austria"),
    ("maple", "Maple Schools Trust", "York", "United Kingdom"),
    ("nyssa", "Nyssa Energy", "Rotterdam", "Netherlands"),
    ("olivier", "Olivier Textiles", "Lyon", "France"),
];

const CUSTOMERS_PER_COMPANY: usize = 4;

const FIRST_NAMES: &[&str] = &[
    "Ada", "Bruno", "Chiara", "Dario", "Elif", "Fergus", "Gitte", "Hamid", "Ilse", "Joris",
    "Keira", "Luca", "Mirela", "Nils", "Orla", "Paulo", "Quinn", "Rosa", "Sven", "Tilda",
];

const LAST_NAMES: &[&str] = &[
    "Achterberg",
    "Byrne",
    "Castellano",
    "Dvořák",
    "Engström",
    "Fournier",
    "Grünwald",
    "Hughes",
    "Ivanova",
    "Jankowski",
    "Köhler",
    "Lacroix",
    "Moreau",
    "O'Neill",
    "Pereira",
    "Quist",
    "Rossi",
];

/// Somebody who writes tickets.
pub(super) struct Customer {
    pub(super) login: String,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    /// The key of a company.
    pub(super) company: &'static str,
}

/// All of them, the same each time.
pub(super) fn all_customers() -> Vec<Customer> {
    let count = COMPANIES.len() * CUSTOMERS_PER_COMPANY;
    // The lists have no common divisor, so that no name comes twice.
    let customer = |at: usize| {
        let (first, last) = (
            FIRST_NAMES[at % FIRST_NAMES.len()],
            LAST_NAMES[at % LAST_NAMES.len()],
        );
        let company = COMPANIES[at % COMPANIES.len()].0;
        let mailbox = format!("{first}.{}", at + 1).to_lowercase();
        let login = format!("{mailbox}@{company}.example");
        Customer {
            login,
            first,
            last,
            company,
        }
    };
    (0..count).map(customer).collect()
}

/// Everything was set up before the first ticket.
pub(super) fn set_up(today: Today) -> Stamp {
    Stamp::once(founded(today), ROOT)
}

fn founded(today: Today) -> Moment {
    today.at(-800 * DAY)
}

/// `valid`, agents, groups and roles: what the other tables refer to.
pub(super) fn agents(today: Today) -> String {
    let stamp = set_up(today);
    let mut valid = Rows::of("valid (id, name");
    for (id, name) in [(1_i64, "valid"), (2, "invalid"), (3, "invalid-temporarily")] {
        valid.add(&[&id, &name], stamp);
    }
    let mut users = Rows::of("users (id, login, pw, title, first_name, last_name, valid_id");
    let mut role_user = Rows::of("role_user (user_id, role_id");
    for (id, agent) in (1_i64..).zip(AGENTS) {
        let valid = if agent.gone { 2_i64 } else { 1 };
        let title = None::<&str>;
        let Agent {
            login, first, last, ..
        } = agent;
        users.add(
            &[&id, login, &NO_PASSWORD, &title, first, last, &valid],
            stamp,
        );
        if let Some(role) = agent.role {
            role_user.add(&[&id, &role], stamp);
        }
    }
    let mut groups = Rows::of("groups (id, name, comments, valid_id");
    for (id, (name, comments)) in (1_i64..).zip(GROUPS) {
        groups.add(&[&id, name, comments, &1_i64], stamp);
    }
    let mut group_user = Rows::of("group_user (user_id, group_id, permission_key");
    for (user, group, key) in DIRECT {
        group_user.add(&[user, group, key], stamp);
    }
    let mut roles = Rows::of("roles (id, name, comments, valid_id");
    let mut group_role =
        Rows::of("group_role (role_id, group_id, permission_key, permission_value");
    for (id, (name, permissions)) in (1_i64..).zip(ROLES) {
        roles.add(&[&id, name, &None::<&str>, &1_i64], stamp);
        for (group, key) in *permissions {
            group_role.add(&[&id, group, key, &1_i64], stamp);
        }
    }
    let tables = [
        valid, users, groups, group_user, roles, role_user, group_role,
    ];
    tables.map(Rows::into_sql).concat()
}

/// Companies and the people in them.
pub(super) fn customers(today: Today) -> String {
    let stamp = set_up(today);
    let mut companies = Rows::of(
        "customer_company (customer_id, name, street, zip, city, country, url, comments, valid_id",
    );
    for (at, (key, name, city, country)) in (1_i64..).zip(COMPANIES) {
        let street = format!("{} Harbour Road", at * 7);
        let zip = format!("{}", 10_000 + at * 613);
        let url = format!("https://{key}.example/");
        let comments = None::<&str>;
        companies.add(
            &[
                key, name, &street, &zip, city, country, &url, &comments, &1_i64,
            ],
            stamp,
        );
    }
    let mut customers = Rows::of(
        "customer_user (id, login, email, customer_id, pw, first_name, last_name, phone, valid_id",
    );
    for (id, customer) in (1_i64..).zip(all_customers()) {
        let Customer {
            login,
            first,
            last,
            company,
        } = customer;
        // Of the numbers that are kept free for stories.
        let phone = format!("+44 20 7946 0{:03}", id);
        customers.add(
            &[
                &id,
                &login,
                &login,
                &company,
                &NO_PASSWORD,
                &first,
                &last,
                &phone,
                &1_i64,
            ],
            stamp,
        );
    }
    companies.into_sql() + &customers.into_sql()
}
