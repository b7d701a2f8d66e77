CREATE TABLE accounts (
	id TEXT NOT NULL,
	seed BIGINT NOT NULL,
	created_real BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	clock_offset BIGINT NOT NULL,
	clock_frozen_at BIGINT,
	advancing_until_real BIGINT NOT NULL,
	pace FLOAT NOT NULL,
	last_number BIGINT NOT NULL,
	scenario_count INTEGER NOT NULL,
	settings TEXT NOT NULL,
	callback_clock TEXT NOT NULL,
	resets INTEGER NOT NULL,
	origin_id TEXT,
	origin_seed BIGINT,
	PRIMARY KEY (id)
);
CREATE TABLE nonces (
	vendor TEXT NOT NULL,
	"key" TEXT NOT NULL,
	nonce TEXT NOT NULL,
	expires_real BIGINT NOT NULL,
	PRIMARY KEY (vendor, "key", nonce)
);
CREATE INDEX ix_nonces_expires_real ON nonces (expires_real);
CREATE TABLE credentials (
	vendor TEXT NOT NULL,
	"key" TEXT NOT NULL,
	account_id TEXT NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (vendor, "key"),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX credentials_by_account ON credentials (account_id, vendor);
CREATE TABLE quotas (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	name TEXT NOT NULL,
	total BIGINT NOT NULL,
	taken BIGINT NOT NULL,
	PRIMARY KEY (account_id, vendor, name),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE TABLE reservations (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	level INTEGER NOT NULL,
	bucket BIGINT NOT NULL,
	quota TEXT NOT NULL,
	amount BIGINT NOT NULL,
	PRIMARY KEY (account_id, vendor, level, bucket, quota),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE TABLE resource_blocks (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	category TEXT NOT NULL,
	block BIGINT NOT NULL,
	count BIGINT NOT NULL,
	PRIMARY KEY (account_id, vendor, kind, category, block),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE TABLE resources (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	"key" TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	category TEXT DEFAULT '' NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (account_id, vendor, kind, "key"),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX resources_in_order ON resources (account_id, vendor, kind, category, id);
CREATE TABLE scenarios (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	operation TEXT NOT NULL,
	task_name TEXT,
	outcome TEXT,
	reason TEXT,
	error TEXT,
	target TEXT,
	fault TEXT,
	buckets TEXT DEFAULT '{}' NOT NULL,
	pattern TEXT,
	probability FLOAT DEFAULT '1' NOT NULL,
	seed BIGINT DEFAULT '0' NOT NULL,
	from_at BIGINT,
	until_at BIGINT,
	remaining INTEGER,
	profile TEXT,
	seen BIGINT DEFAULT '0' NOT NULL,
	struck BIGINT DEFAULT '0' NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX scenarios_by_account ON scenarios (account_id, vendor, operation);
CREATE TABLE search_parts (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	field TEXT NOT NULL,
	part TEXT NOT NULL,
	block BIGINT NOT NULL,
	PRIMARY KEY (account_id, vendor, kind, field, part, block),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE INDEX search_parts_by_block ON search_parts (account_id, vendor, kind, block);
CREATE TABLE task_blocks (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	level INTEGER NOT NULL,
	state TEXT NOT NULL,
	block BIGINT NOT NULL,
	category TEXT NOT NULL,
	count BIGINT NOT NULL,
	min_from BIGINT NOT NULL,
	max_from BIGINT NOT NULL,
	min_until BIGINT NOT NULL,
	max_until BIGINT NOT NULL,
	PRIMARY KEY (account_id, vendor, kind, level, state, block, category),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE INDEX task_blocks_largest ON task_blocks (account_id, state, vendor, kind) WHERE level = 1;
CREATE TABLE task_phases (
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	number BIGINT NOT NULL,
	from_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	state TEXT NOT NULL,
	category TEXT NOT NULL,
	PRIMARY KEY (account_id, vendor, kind, number, from_at),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE TABLE tasks (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	kind TEXT NOT NULL,
	category TEXT,
	number BIGINT NOT NULL,
	"key" TEXT NOT NULL,
	name TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	settles_at BIGINT NOT NULL,
	charged_at BIGINT,
	works_until BIGINT,
	deleted_at BIGINT,
	callback_state INTEGER NOT NULL,
	"plan" TEXT NOT NULL,
	runtime TEXT NOT NULL,
	attributes TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (account_id, vendor, kind, "key"),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX tasks_at_work ON tasks (account_id, vendor, kind, works_until) WHERE works_until IS NOT NULL;
CREATE INDEX tasks_by_category ON tasks (account_id, vendor, kind, category, number, deleted_at) WHERE category IS NOT NULL;
CREATE INDEX tasks_in_order ON tasks (account_id, vendor, kind, number, deleted_at);
CREATE INDEX tasks_unsettled ON tasks (account_id, settles_at);
CREATE TABLE tokens (
	token TEXT NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	purpose TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (token),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX tokens_by_account ON tokens (account_id);
CREATE TABLE uploads (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	"key" TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	md5 TEXT,
	size BIGINT,
	content_type TEXT,
	stored_size BIGINT,
	stored_at BIGINT,
	content BLOB,
	PRIMARY KEY (id),
	UNIQUE (account_id, vendor, "key"),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE TABLE deliveries (
	id TEXT NOT NULL,
	account_id TEXT NOT NULL,
	vendor TEXT NOT NULL,
	callback TEXT NOT NULL,
	task_id INTEGER,
	task_state TEXT,
	url TEXT NOT NULL,
	destination TEXT NOT NULL,
	context TEXT NOT NULL,
	body BLOB,
	state TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	attempts INTEGER NOT NULL,
	leased_until_real BIGINT NOT NULL,
	step INTEGER DEFAULT '0' NOT NULL,
	faults TEXT,
	PRIMARY KEY (id),
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE,
	FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE INDEX deliveries_by_account ON deliveries (account_id, due_at);
CREATE INDEX deliveries_by_task ON deliveries (task_id);
CREATE INDEX deliveries_pending ON deliveries (account_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_pending_by_destination ON deliveries (account_id, destination, due_at) WHERE state = 'pending';
CREATE TABLE attempts (
	id INTEGER NOT NULL,
	delivery_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	"trigger" TEXT NOT NULL,
	at BIGINT NOT NULL,
	url TEXT NOT NULL,
	request_headers TEXT NOT NULL,
	request_body BLOB NOT NULL,
	status INTEGER,
	response_body TEXT,
	duration FLOAT NOT NULL,
	outcome TEXT NOT NULL,
	error TEXT,
	next_attempt_at BIGINT,
	account_id TEXT DEFAULT '' NOT NULL,
	faults TEXT DEFAULT '[]' NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE
);
CREATE INDEX attempts_by_account ON attempts (account_id, at);
CREATE INDEX ix_attempts_delivery_id ON attempts (delivery_id);
