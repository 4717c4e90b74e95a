-- Append-only facts with natural keys: writing a row twice changes nothing.
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    state VARCHAR NOT NULL,
    feeds_answered BIGINT,
    feeds_total BIGINT,
    entries BIGINT,
    articles BIGINT,
    evidence BIGINT,
    stances BIGINT,
    error VARCHAR
);

-- One row per poll of a feed: the ledger. entries = stored + known + rejected.
CREATE TABLE fetches (
    feed_url VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    status BIGINT,
    etag VARCHAR,
    last_modified VARCHAR,
    entries BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    known BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    error VARCHAR,
    PRIMARY KEY (feed_url, fetched_at)
);

CREATE TABLE rejects (
    source VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    rejected_at TIMESTAMP NOT NULL,
    PRIMARY KEY (source, url, title, reason)
);

CREATE TABLE articles (
    article_id VARCHAR PRIMARY KEY,
    url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    bloc VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    date_quality VARCHAR NOT NULL,
    text_method VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    collected_at TIMESTAMP NOT NULL
);

-- Which articles were searched for evidence, with which names: new names search again.
CREATE TABLE searches (
    article_id VARCHAR NOT NULL,
    roster VARCHAR NOT NULL,
    found BIGINT NOT NULL,
    PRIMARY KEY (article_id, roster)
);

-- Spans are offsets into `context`, as JSON lists of [start, end).
CREATE TABLE evidence (
    evidence_id VARCHAR PRIMARY KEY,
    article_id VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    start_char BIGINT NOT NULL,
    end_char BIGINT NOT NULL,
    sentence VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    context VARCHAR NOT NULL,
    actor_spans VARCHAR NOT NULL,
    target_spans VARCHAR NOT NULL,
    is_joint BOOLEAN NOT NULL
);

-- A new model judges old evidence beside the old judgments.
CREATE TABLE stances (
    evidence_id VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    stance VARCHAR NOT NULL,
    level DOUBLE,
    p_favor DOUBLE,
    p_against DOUBLE,
    p_neutral DOUBLE,
    p_none DOUBLE,
    change VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    modality VARCHAR NOT NULL,
    attribution VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    judged_at TIMESTAMP NOT NULL,
    PRIMARY KEY (evidence_id, model)
);
