CREATE TABLE p_ticket_notes__note (
  id INTEGER PRIMARY KEY,
  login TEXT NOT NULL,
  ticket INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE p_ticket_notes__saved (
  id TEXT PRIMARY KEY,
  ticket INTEGER NOT NULL
);
