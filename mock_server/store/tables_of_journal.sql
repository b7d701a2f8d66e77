CREATE TABLE journal (
	id INTEGER NOT NULL,
	account_id TEXT,
	vendor TEXT NOT NULL,
	operation TEXT,
	real BIGINT NOT NULL,
	at BIGINT,
	method TEXT NOT NULL,
	path TEXT NOT NULL,
	"query" TEXT NOT NULL,
	request_headers TEXT NOT NULL,
	request_body TEXT NOT NULL,
	status INTEGER NOT NULL,
	error TEXT,
	response_body TEXT NOT NULL,
	violations TEXT NOT NULL,
	task_id BIGINT,
	conforms BOOLEAN NOT NULL,
	duration FLOAT NOT NULL,
	faults TEXT DEFAULT '[]' NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX journal_by_account ON journal (account_id, id);
CREATE INDEX journal_by_task ON journal (task_id);
