SELECT feed_url, fetched_at FROM fetches WHERE entries <> stored + updated + known + rejected
