CREATE TABLE valid (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL,
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    pw TEXT NOT NULL,
    title TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE group_user (
    user_id INTEGER NOT NULL REFERENCES users (id),
    group_id INTEGER NOT NULL REFERENCES groups (id),
    permission_key TEXT NOT NULL,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (user_id, group_id, permission_key)
);

CREATE TABLE roles (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE role_user (
    user_id INTEGER NOT NULL REFERENCES users (id),
    role_id INTEGER NOT NULL REFERENCES roles (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (user_id, role_id)
);

CREATE TABLE group_role (
    role_id INTEGER NOT NULL REFERENCES roles (id),
    group_id INTEGER NOT NULL REFERENCES groups (id),
    permission_key TEXT NOT NULL,
    permission_value INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (role_id, group_id, permission_key)
);

CREATE TABLE customer_company (
    customer_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    street TEXT,
    zip TEXT,
    city TEXT,
    country TEXT,
    url TEXT,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE customer_user (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer_company (customer_id),
    pw TEXT,
    title TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone TEXT,
    fax TEXT,
    mobile TEXT,
    street TEXT,
    zip TEXT,
    city TEXT,
    country TEXT,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE service (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE sla (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    first_response_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    solution_time INTEGER NOT NULL,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE queue (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    group_id INTEGER NOT NULL REFERENCES groups (id),
    unlock_timeout INTEGER NOT NULL,
    first_response_time INTEGER NOT NULL,
    first_response_notify INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    update_notify INTEGER NOT NULL,
    solution_time INTEGER NOT NULL,
    solution_notify INTEGER NOT NULL,
    follow_up_id INTEGER NOT NULL,
    follow_up_lock INTEGER NOT NULL,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_state_type (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_state (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    type_id INTEGER NOT NULL REFERENCES ticket_state_type (id),
    color TEXT NOT NULL,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_priority (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    color TEXT NOT NULL,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_type (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_lock_type (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_history_type (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comments TEXT,
    valid_id INTEGER NOT NULL REFERENCES valid (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket (
    id INTEGER PRIMARY KEY,
    tn TEXT NOT NULL UNIQUE,
    title TEXT,
    queue_id INTEGER NOT NULL REFERENCES queue (id),
    ticket_lock_id INTEGER NOT NULL REFERENCES ticket_lock_type (id),
    type_id INTEGER REFERENCES ticket_type (id),
    service_id INTEGER REFERENCES service (id),
    sla_id INTEGER REFERENCES sla (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    responsible_user_id INTEGER NOT NULL REFERENCES users (id),
    ticket_priority_id INTEGER NOT NULL REFERENCES ticket_priority (id),
    ticket_state_id INTEGER NOT NULL REFERENCES ticket_state (id),
    customer_id TEXT,
    customer_user_id TEXT,
    timeout INTEGER NOT NULL,
    until_time INTEGER NOT NULL,
    escalation_time INTEGER NOT NULL,
    escalation_update_time INTEGER NOT NULL,
    escalation_response_time INTEGER NOT NULL,
    escalation_solution_time INTEGER NOT NULL,
    archive_flag INTEGER NOT NULL DEFAULT 0,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    article_sender_type_id INTEGER NOT NULL,
    communication_channel_id INTEGER NOT NULL,
    is_visible_for_customer INTEGER NOT NULL,
    search_index_needs_rebuild INTEGER NOT NULL DEFAULT 1,
    insert_fingerprint TEXT,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE article_data_mime (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES article (id),
    a_from TEXT,
    a_reply_to TEXT,
    a_to TEXT,
    a_cc TEXT,
    a_bcc TEXT,
    a_subject TEXT,
    a_message_id TEXT,
    a_in_reply_to TEXT,
    a_references TEXT,
    a_content_type TEXT,
    a_body TEXT,
    incoming_time INTEGER NOT NULL,
    content_path TEXT,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE ticket_history (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    history_type_id INTEGER NOT NULL REFERENCES ticket_history_type (id),
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    article_id INTEGER REFERENCES article (id),
    type_id INTEGER NOT NULL REFERENCES ticket_type (id),
    queue_id INTEGER NOT NULL REFERENCES queue (id),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    priority_id INTEGER NOT NULL REFERENCES ticket_priority (id),
    state_id INTEGER NOT NULL REFERENCES ticket_state (id),
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE time_accounting (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    article_id INTEGER REFERENCES article (id),
    time_unit DECIMAL(10, 2) NOT NULL,
    create_time TEXT NOT NULL,
    create_by INTEGER NOT NULL REFERENCES users (id),
    change_time TEXT NOT NULL,
    change_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE INDEX ticket_create_time ON ticket (create_time);
CREATE INDEX ticket_queue ON ticket (queue_id, create_time);
CREATE INDEX ticket_state_change ON ticket (ticket_state_id, change_time);
CREATE INDEX ticket_customer ON ticket (customer_id);
CREATE INDEX ticket_customer_user ON ticket (customer_user_id);
CREATE INDEX ticket_owner ON ticket (user_id);
CREATE INDEX ticket_escalation ON ticket (escalation_time);
CREATE INDEX article_ticket ON article (ticket_id);
CREATE INDEX article_data_mime_article ON article_data_mime (article_id);
CREATE INDEX ticket_history_ticket ON ticket_history (ticket_id);
CREATE INDEX ticket_history_time ON ticket_history (create_time);
CREATE INDEX time_accounting_ticket ON time_accounting (ticket_id);
CREATE INDEX customer_user_company ON customer_user (customer_id);
CREATE INDEX queue_group ON queue (group_id);
CREATE INDEX group_user_group ON group_user (group_id);
CREATE INDEX role_user_role ON role_user (role_id);
CREATE INDEX group_role_group ON group_role (group_id);
