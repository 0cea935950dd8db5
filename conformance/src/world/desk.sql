-- The application's database, as the table knows it.
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY,
    number TEXT UNIQUE NOT NULL,
    title TEXT,
    open BOOLEAN NOT NULL DEFAULT 1
);
INSERT INTO ticket (id, number, title, open) VALUES
    (1, 'T1', 'Printer', 1), (2, 'T2', NULL, 0), (3, 'T3', 'Scanner', 1);

CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT NOT NULL, password TEXT NOT NULL);
INSERT INTO users (id, login, password) VALUES (7, 'ada', 'hidden'), (9, 'bob', 'hidden');

CREATE TABLE queue (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO queue (id, name) VALUES (1, 'Raw');

-- One row more than an answer may have.
CREATE TABLE number (n INTEGER PRIMARY KEY);
WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 10001)
    INSERT INTO number (n) SELECT n FROM count;
