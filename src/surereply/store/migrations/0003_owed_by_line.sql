-- An index that began with the bucket offered itself for look-ups by key: each reply that was claimed or settled then
-- cost as much as its bucket owed in all.

DROP INDEX reply_ticket_due;
CREATE INDEX reply_ticket_due ON reply_ticket (line_id, due_at);
