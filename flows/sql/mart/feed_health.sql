-- How each feed answers.
CREATE OR REPLACE VIEW mart.feed_health AS
WITH polls AS (
    SELECT *, error = '' AS answered FROM main.fetches
),
feeds AS (
    SELECT
        feed_url,
        max_by(publisher, fetched_at) AS publisher,
        max(fetched_at) AS last_fetch_at,
        max(fetched_at) FILTER (answered) AS last_success_at,
        arg_max_null(status, fetched_at) AS last_status,
        max_by(error, fetched_at) AS last_error,
        count(*) AS n_fetches,
        count(*) FILTER (NOT answered) AS n_failures,
        sum(entries) AS n_entries,
        sum(stored) AS n_stored,
        sum(known) AS n_known,
        sum(rejected) AS n_rejected
    FROM polls
    GROUP BY feed_url
)
SELECT
    CAST(publisher AS VARCHAR) AS publisher,
    CAST(feed_url AS VARCHAR) AS feed_url,
    CAST(last_error = '' AS BOOLEAN) AS is_alive,
    CAST(last_fetch_at AS TIMESTAMP) AS last_fetch_at,
    CAST(last_success_at AS TIMESTAMP) AS last_success_at,
    CAST(last_status AS BIGINT) AS last_status,
    CAST(last_error AS VARCHAR) AS last_error,
    CAST(n_fetches AS BIGINT) AS n_fetches,
    CAST(n_failures AS BIGINT) AS n_failures,
    CAST(n_entries AS BIGINT) AS n_entries,
    CAST(n_stored AS BIGINT) AS n_stored,
    CAST(n_known AS BIGINT) AS n_known,
    CAST(n_rejected AS BIGINT) AS n_rejected
FROM feeds;

COMMENT ON VIEW mart.feed_health IS 'How each feed answers';
COMMENT ON COLUMN mart.feed_health.publisher IS 'Who publishes the feed';
COMMENT ON COLUMN mart.feed_health.feed_url IS 'Its address, without passwords';
COMMENT ON COLUMN mart.feed_health.is_alive IS 'The last poll was answered with a feed, or with "not modified"';
COMMENT ON COLUMN mart.feed_health.last_fetch_at IS 'Last poll, UTC';
COMMENT ON COLUMN mart.feed_health.last_success_at IS 'Last poll that was answered, UTC';
COMMENT ON COLUMN mart.feed_health.last_status IS 'HTTP status of the last poll; empty where nothing answered';
COMMENT ON COLUMN mart.feed_health.last_error IS 'What went wrong at the last poll; empty where nothing did';
COMMENT ON COLUMN mart.feed_health.n_fetches IS 'Polls so far';
COMMENT ON COLUMN mart.feed_health.n_failures IS 'Polls that failed';
COMMENT ON COLUMN mart.feed_health.n_entries IS 'Entries read: stored + known + rejected';
COMMENT ON COLUMN mart.feed_health.n_stored IS 'Entries that became articles';
COMMENT ON COLUMN mart.feed_health.n_known IS 'Entries seen before';
COMMENT ON COLUMN mart.feed_health.n_rejected IS 'Entries discarded, with a reason';
