SELECT feed_url, fetched_at FROM fetches WHERE entries <> stored + known + rejected
