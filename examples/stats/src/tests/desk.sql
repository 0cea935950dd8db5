INSERT INTO groups (id, valid_id) VALUES (1, 1), (2, 1), (3, 1), (4, 2);
INSERT INTO queue (id, name, group_id) VALUES
    (1, 'Desk', 1),
    (2, 'Net & <b>Work</b>', 2),
    (3, 'Office', 3),
    (4, 'Of an invalid group', 4);

INSERT INTO users (id, login, valid_id) VALUES
    (1, 'root@localhost', 1),
    (2, 'jane', 1),
    (3, 'rolf', 1),
    (4, 'gone', 2),
    (5, 'weak', 1),
    (6, 'both', 1),
    (7, 'nobody', 1);
INSERT INTO roles (id, valid_id) VALUES (1, 1), (2, 2), (3, 1);
INSERT INTO group_user (user_id, group_id, permission_key) VALUES
    (1, 1, 'rw'), (1, 2, 'rw'), (1, 3, 'rw'), (1, 4, 'rw'),
    (2, 1, 'ro'),
    (4, 1, 'rw'),
    (5, 1, 'note'), (5, 2, 'create'),
    (6, 1, 'ro'), (6, 1, 'rw');
INSERT INTO group_role (role_id, group_id, permission_key, permission_value) VALUES
    (1, 1, 'ro', 0), (1, 2, 'rw', 1), (1, 3, 'owner', 1),
    (2, 1, 'rw', 1),
    (3, 1, 'ro', 1), (3, 3, 'ro', 1);
INSERT INTO role_user (user_id, role_id) VALUES (3, 1), (4, 1), (5, 2), (6, 3);

INSERT INTO ticket_state_type (id, name) VALUES
    (1, 'new'), (2, 'open'), (3, 'closed'), (4, 'pending reminder'), (5, 'pending auto'),
    (6, 'removed');
INSERT INTO ticket_state (id, name, type_id) VALUES
    (1, 'new', 1), (2, 'open', 2), (3, 'closed successful', 3), (4, 'pending reminder', 4),
    (5, 'pending auto close', 5), (6, 'removed', 6), (7, 'closed unsuccessful', 3);
INSERT INTO ticket_priority (id, name) VALUES (1, '1 very low'), (3, '3 normal'), (4, '4 high'),
    (5, '5 very high');

INSERT INTO ticket (queue_id, ticket_state_id, ticket_priority_id, create_time, change_time,
    escalation_time, escalation_solution_time) VALUES
    -- new today, everything still in time
    (1, 1, 3, '2026-03-19 08:00:00', '2026-03-19 08:00:00', 1773925200, 1773928800),
    -- a second more than 24 hours old, and a second late
    (1, 2, 3, '2026-03-18 11:59:59', '2026-03-18 13:00:00', 1773921599, 1773921599),
    -- exactly 24 hours old, and due this second
    (1, 2, 4, '2026-03-18 12:00:00', '2026-03-18 13:00:00', 1773921600, 1773921600),
    -- the first second of 7d; closed in the second that was agreed
    (1, 3, 3, '2026-03-13 00:00:00', '2026-03-14 10:00:00', 0, 1773482400),
    -- a second before 7d; closed a second later than agreed
    (1, 3, 3, '2026-03-12 23:59:59', '2026-03-14 10:00:01', 0, 1773482400),
    -- the first second of 30d; pending and overdue, with no time to be solved by
    (2, 4, 5, '2026-02-18 00:00:00', '2026-02-19 00:00:00', 1773921500, 0),
    -- a second before 30d
    (2, 5, 3, '2026-02-17 23:59:59', '2026-02-19 00:00:00', 0, 0),
    -- the first second of 90d; closed a day late, in another year
    (2, 7, 3, '2025-12-20 00:00:00', '2026-01-02 00:00:00', 0, 1767225600),
    -- a second before 90d; closed a second before the year ended, in time by a second
    (3, 3, 3, '2025-12-19 23:59:59', '2025-12-31 23:59:59', 0, 1767225600),
    -- the first second of 365d; nothing was agreed
    (3, 3, 1, '2025-03-20 00:00:00', '2025-03-21 00:00:00', 0, 0),
    -- a second before 365d; neither open nor pending nor closed
    (3, 6, 3, '2025-03-19 23:59:59', '2025-03-19 23:59:59', 0, 0),
    -- in a queue that no agent sees
    (4, 2, 3, '2026-03-19 09:00:00', '2026-03-19 09:00:00', 0, 0);
